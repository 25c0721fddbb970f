// SPDX-License-Identifier: Apache-2.0
#include "authority/authority.h"

#include <algorithm>
#include <utility>

#include "authority/claims.h"
#include "base/reasons.h"
#include "base/text.h"
#include "crypto/jwt.h"

namespace openimds {
namespace {

constexpr std::chrono::minutes kNotBeforeSlack{5};
constexpr std::chrono::minutes kAssertionLifetime{10};
constexpr std::string_view kTenantPlace = "{tenant}";

bool IsPrintableAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

// `2026-11-25 03:05:32Z`, as Entra's error texts have it.
std::string FormatEntraTime(Time now) {
  std::string text = FormatIsoTime(ToUnixSeconds(now));
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

// Clients and people search for this text: it is Entra's, letter for letter.
std::string UnknownAudienceText(std::string_view resource, const Guid& tenant, Time now) {
  return "AADSTS500011: The resource principal named " + std::string(resource) +
         " was not found in the tenant named " + tenant.ToString() +
         ". This can happen if the application has not been installed by the administrator of the "
         "tenant or consented to by any user in the tenant. You might have sent your "
         "authentication request to the wrong tenant.\r\nTrace ID: " +
         Guid::Random().ToString() + "\r\nCorrelation ID: " + Guid::Random().ToString() +
         "\r\nTimestamp: " + FormatEntraTime(now);
}

Result<void> CheckAudience(const std::vector<std::string>& audiences, const std::string& resource,
                           const Guid& tenant, Time now) {
  if (resource.empty() || !IsPrintableAscii(resource)) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kResourceInvalid,
                "expected the resource to be a URI or an App ID in printable ASCII");
  }
  if (audiences.empty() ||
      std::find(audiences.begin(), audiences.end(), resource) != audiences.end()) {
    return {};
  }
  return Fail(ErrorKind::kInvalidRequest, reasons::kAudienceUnknown,
              UnknownAudienceText(resource, tenant, now));
}

std::string RenderIssuer(const AuthoritySettings& settings, const Guid& tenant) {
  if (settings.issuer.empty()) return settings.public_url + "/" + tenant.ToString() + "/";
  std::string issuer = settings.issuer;
  for (std::size_t at = issuer.find(kTenantPlace); at != std::string::npos;
       at = issuer.find(kTenantPlace, at)) {
    issuer.replace(at, kTenantPlace.size(), tenant.ToString());
  }
  return issuer;
}

}  // namespace

Authority::Authority(AuthoritySettings settings, KeyRing& keys)
    : settings_(std::make_shared<const AuthoritySettings>(std::move(settings))), keys_(keys) {}

void Authority::Reconfigure(AuthoritySettings settings) {
  settings_.Publish(std::make_shared<const AuthoritySettings>(std::move(settings)));
}

Result<AccessToken> Authority::Mint(const TokenRequest& request, Time now,
                                    ClientProofKind proof) const {
  const auto settings = settings_.Read();  // one set of them for the whole token
  const Guid& tenant = request.identity->tenant_id;
  TRY_VOID(CheckAudience(settings->audiences, request.resource, tenant, now));
  const Time second = FromUnixSeconds(ToUnixSeconds(now));
  const Time not_before = second - kNotBeforeSlack;
  const Time expires_on = second + settings->token_lifetime;
  const std::string claims =
      RenderClaims(request, RenderIssuer(*settings, tenant), not_before, expires_on,
                   proof == ClientProofKind::kSecret ? "1" : "2");
  TRY(Secret token, SignJwt(*keys_.Active(), claims));
  return AccessToken{std::move(token), not_before, expires_on};
}

Result<Secret> Authority::MintAssertion(const Guid& tenant, std::string_view subject,
                                        std::string_view audience, Time now) const {
  const Time second = FromUnixSeconds(ToUnixSeconds(now));
  return SignJwt(*keys_.Active(), RenderAssertionClaims(IssuerOf(tenant), subject, audience, second,
                                                        second + kAssertionLifetime));
}

std::string Authority::IssuerOf(const Guid& tenant) const {
  return RenderIssuer(*settings_.Read(), tenant);
}

std::string Authority::RenderDiscovery(const Guid& tenant, DiscoveryVersion version) const {
  const auto settings = settings_.Read();
  const std::string issuer = RenderIssuer(*settings, tenant);
  return RenderDiscoveryDocument({settings->public_url, issuer, tenant}, version);
}

PublishedIssuer Authority::RenderPublishedIssuer(const Guid& tenant) const {
  PublishedIssuer published;
  published.issuer = IssuerOf(tenant);
  published.discovery_path = ".well-known/openid-configuration";
  published.keys_path = "discovery/keys";
  const bool slash = published.issuer.ends_with('/');
  published.discovery = RenderIssuerDocument(
      published.issuer, published.issuer + (slash ? "" : "/") + published.keys_path);
  published.keys = RenderJwks(tenant, DiscoveryVersion::kV1);
  return published;
}

std::string Authority::RenderJwks(const Guid& tenant, DiscoveryVersion version) const {
  std::vector<PublicJwk> keys;
  for (const RingKey& key : keys_.Keys()) keys.push_back(key.key->jwk());
  const auto settings = settings_.Read();
  const std::string issuer = RenderIssuer(*settings, tenant);
  return RenderKeySet({settings->public_url, issuer, tenant}, keys, version);
}

}  // namespace openimds
