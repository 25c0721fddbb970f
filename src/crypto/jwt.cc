// SPDX-License-Identifier: Apache-2.0
#include "crypto/jwt.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/json_object.h"

namespace openimds {
namespace {

namespace json = boost::json;

// What Time can hold: into the year 2262.
constexpr std::int64_t kLastSecond = 9'223'372'036;

tl::unexpected<Error> Invalid(std::string message) {
  return Fail(ErrorKind::kUnauthorized, reasons::kTokenInvalid, std::move(message));
}

// Nothing if the member is missing or not a string.
std::optional<std::string_view> FindString(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string_view(value->get_string().data(), value->get_string().size());
}

// `kid`, if the header is one that we verify.
Result<std::string> CheckHeader(std::string_view text) {
  const auto header = ParseJsonObject(text);
  if (!header) return Invalid("the token's header cannot be read: " + header.error());
  if (FindString(*header, "alg") != "RS256") return Invalid("expected a token signed with RS256");
  // RFC 7515, section 4.1.11: extensions that are not understood are refused; we have none.
  if (header->contains("crit") || header->contains("b64")) {
    return Invalid("the token's header asks for an extension");
  }
  if (header->contains("typ") && FindString(*header, "typ") != "JWT") {
    return Invalid("expected a token of type JWT");
  }
  const auto kid = FindString(*header, "kid");
  if (!kid || kid->empty()) return Invalid("expected the token to name its key as kid");
  return std::string(*kid);
}

Result<void> CheckSignature(const UnverifiedJwt& jwt, const std::vector<PublicJwk>& keys) {
  const auto key = std::find_if(keys.begin(), keys.end(), [&](const PublicJwk& candidate) {
    return candidate.kid == jwt.kid;
  });
  if (key == keys.end()) return Invalid("the token's key is not one of those that are published");
  if (!VerifyRs256(*key, jwt.signing_input, jwt.signature)) {
    return Invalid("the token's signature does not verify");
  }
  return {};
}

// Nothing if it is not a whole number of seconds that Time can hold.
std::optional<Time> FindTime(const json::object& claims, std::string_view name) {
  const json::value* value = claims.if_contains({name.data(), name.size()});
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  const std::int64_t seconds = value->get_int64();
  if (seconds < 0 || seconds > kLastSecond) return std::nullopt;
  return FromUnixSeconds(seconds);
}

}  // namespace

Result<Secret> SignJwt(const SigningKey& key, std::string_view claims) {
  constexpr std::size_t kSignatureText = 1 + 342;
  std::string token;
  token.reserve(key.jwt_header().size() + 1 + (claims.size() + 2) / 3 * 4 + kSignatureText);
  token.append(key.jwt_header()).append(1, '.').append(Base64UrlEncode(claims));
  TRY(const std::string signature, key.SignRs256(token));
  token.append(1, '.').append(Base64UrlEncode(signature));
  return Secret(std::move(token));
}

Result<UnverifiedJwt> ReadJwt(std::string_view token) {
  if (token.size() > kMaxJwtBytes) return Invalid("expected a token of at most 16 KiB");
  const auto parts = Split(token, '.');
  if (parts.size() != 3) return Invalid("expected a token of three parts with dots between them");
  UnverifiedJwt jwt;
  if (!Base64UrlDecode(parts[0], &jwt.header) || !Base64UrlDecode(parts[1], &jwt.claims) ||
      !Base64UrlDecode(parts[2], &jwt.signature)) {
    return Invalid("expected each part of the token to be base64url without padding");
  }
  TRY(jwt.kid, CheckHeader(jwt.header));
  jwt.signing_input = token.substr(0, parts[0].size() + 1 + parts[1].size());
  return jwt;
}

Result<VerifiedJwt> VerifyJwt(std::string_view token, const std::vector<PublicJwk>& keys,
                              Time now) {
  TRY(const UnverifiedJwt jwt, ReadJwt(token));
  TRY_VOID(CheckSignature(jwt, keys));
  auto claims = ParseJsonObject(jwt.claims);
  if (!claims) return Invalid("the token's claims cannot be read: " + claims.error());
  const auto expires_on = FindTime(*claims, "exp");
  if (!expires_on) return Invalid("expected the token to say when it expires, in whole seconds");
  if (now >= *expires_on) return Invalid("the token has expired");
  if (claims->contains("nbf")) {
    const auto not_before = FindTime(*claims, "nbf");
    if (!not_before) return Invalid("expected the token's nbf to be in whole seconds");
    if (now < *not_before) return Invalid("the token is not valid yet");
  }
  return VerifiedJwt(*std::move(claims), *expires_on);
}

}  // namespace openimds
