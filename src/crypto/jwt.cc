// SPDX-License-Identifier: Apache-2.0
#include "crypto/jwt.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "crypto/digest.h"
#include "crypto/json_object.h"
#include "crypto/jws.h"

namespace openimds {
namespace {

namespace json = boost::json;

// What Time can hold: into the year 2262.
constexpr std::int64_t kLastSecond = 9'223'372'036;

// `kid`, if the header is one that we verify.
Result<std::string> CheckHeader(const json::object& header) {
  if (FindString(header, "alg") != "RS256") {
    return InvalidToken("expected a token signed with RS256");
  }
  if (header.contains("typ") && FindString(header, "typ") != "JWT") {
    return InvalidToken("expected a token of type JWT");
  }
  const auto kid = FindString(header, "kid");
  if (!kid || kid->empty()) return InvalidToken("expected the token to name its key as kid");
  return std::string(*kid);
}

Result<void> CheckSignature(const UnverifiedJwt& jwt, const std::vector<PublicJwk>& keys) {
  const auto key = std::find_if(keys.begin(), keys.end(), [&](const PublicJwk& candidate) {
    return candidate.kid == jwt.kid;
  });
  if (key == keys.end())
    return InvalidToken("the token's key is not one of those that are published");
  if (!VerifyRs256(*key, jwt.signing_input, jwt.signature)) {
    return InvalidToken("the token's signature does not verify");
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
  TRY(JwsParts jws, ReadJws(token));
  TRY(std::string kid, CheckHeader(jws.header));
  return UnverifiedJwt{std::move(kid), std::move(jws.header_text), std::move(jws.payload),
                       std::move(jws.signing_input), std::move(jws.signature)};
}

Result<VerifiedJwt> VerifyJwt(std::string_view token, const std::vector<PublicJwk>& keys,
                              Time now) {
  TRY(const UnverifiedJwt jwt, ReadJwt(token));
  TRY_VOID(CheckSignature(jwt, keys));
  auto claims = ParseJsonObject(jwt.claims);
  if (!claims) return InvalidToken("the token's claims cannot be read: " + claims.error());
  const auto expires_on = FindTime(*claims, "exp");
  if (!expires_on)
    return InvalidToken("expected the token to say when it expires, in whole seconds");
  if (now >= *expires_on) return InvalidToken("the token has expired");
  if (claims->contains("nbf")) {
    const auto not_before = FindTime(*claims, "nbf");
    if (!not_before) return InvalidToken("expected the token's nbf to be in whole seconds");
    if (now < *not_before) return InvalidToken("the token is not valid yet");
  }
  return VerifiedJwt(*std::move(claims), *expires_on);
}

}  // namespace openimds
