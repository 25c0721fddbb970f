// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/bearer.h"

#include <algorithm>
#include <vector>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/json_object.h"
#include "crypto/jwt.h"
#include "frontends/arm/answer.h"

namespace openimds::arm {
namespace {

constexpr std::string_view kPublicNames[] = {"https://management.azure.com",
                                             "https://management.core.windows.net"};

Result<std::string_view> TokenIn(const std::optional<Secret>& authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  if (!authorization) {
    return Refuse(ErrorKind::kUnauthorized, reasons::kBearerMissing, "AuthenticationFailed",
                  "Authentication failed. The 'Authorization' header is missing.");
  }
  const std::string_view value = authorization->RevealSecret();
  if (StartsWithIgnoringCase(value, kScheme)) return TrimSpace(value.substr(kScheme.size()));
  return Refuse(ErrorKind::kUnauthorized, reasons::kBearerMissing, "AuthenticationFailed",
                "Authentication failed. The 'Authorization' header is provided in an invalid "
                "format: expected 'Bearer' and a token.");
}

tl::unexpected<Error> Invalid(const std::string& why) {
  const bool expired = why.find("expired") != std::string::npos;
  return Refuse(ErrorKind::kUnauthorized, reasons::kBearerInvalid,
                expired ? "ExpiredAuthenticationToken" : "InvalidAuthenticationToken",
                "The access token is invalid: " + why + ".");
}

bool IsForUs(std::string_view audience, std::string_view base_url) {
  if (audience.ends_with('/')) audience.remove_suffix(1);
  return EqualsIgnoringCase(audience, base_url) ||
         std::find(std::begin(kPublicNames), std::end(kPublicNames), audience) !=
             std::end(kPublicNames);
}

}  // namespace

Result<std::shared_ptr<const Identity>> Identify(const std::optional<Secret>& authorization,
                                                 std::string_view base_url, Authority& authority,
                                                 const Snapshot& snapshot, Time now) {
  TRY(const std::string_view token, TokenIn(authorization));
  std::vector<PublicJwk> keys;
  for (const RingKey& key : authority.keys().Keys()) keys.push_back(key.key->jwk());
  const auto verified = VerifyJwt(token, keys, now);
  if (!verified) return Invalid(verified.error().message);

  const auto tenant = Guid::Parse(TextOf(verified->claims(), "tid"));
  const auto principal = Guid::Parse(TextOf(verified->claims(), "oid"));
  // An assertion for other authorities is signed with the same key, and names neither.
  if (!tenant || !principal || TextOf(verified->claims(), "iss") != authority.IssuerOf(*tenant)) {
    return Invalid("it is not from the authority of this resource manager");
  }
  const std::string_view audience = TextOf(verified->claims(), "aud");
  if (!IsForUs(audience, base_url)) {
    return Refuse(ErrorKind::kUnauthorized, reasons::kBearerAudience,
                  "InvalidAuthenticationTokenAudience",
                  "The access token has been obtained for wrong audience or resource '" +
                      std::string(audience.substr(0, 200)) + "'. It should exactly match '" +
                      std::string(base_url) + "/' or 'https://management.azure.com/'.");
  }
  auto identity = snapshot.FindByPrincipalId(*principal);
  if (!identity || identity->tenant_id != *tenant) {
    return Invalid("its principal does not exist any more");
  }
  return identity;
}

std::string Challenge(std::string_view base_url, const Error& error) {
  std::string header =
      "Bearer authorization_uri=\"" + std::string(base_url) + "/adfs\", error=\"invalid_token\"";
  if (error.reason == reasons::kBearerMissing) return header;
  return header + ", error_description=\"" + error.code + "\"";
}

}  // namespace openimds::arm
