// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "authority/discovery.h"
#include "authority/key_ring.h"
#include "base/clock.h"
#include "base/published.h"
#include "base/result.h"
#include "tokens/access_token.h"

namespace openimds {

// The longest that a token may live, and how long a key that signed one must stay published: as
// long, and as much as a relying party's clock may be late.
inline constexpr std::chrono::seconds kMaxTokenLifetime = std::chrono::hours{24};
inline constexpr std::chrono::seconds kRotationOverlap =
    kMaxTokenLifetime + std::chrono::minutes{5};

struct AuthoritySettings {
  // Where clients reach the authority, without a slash at the end: `http://127.0.0.1:50343`.
  // Used for the endpoints in the discovery documents; never taken from a request.
  std::string public_url;
  // `iss` of every token and `issuer` of both discovery documents; `{tenant}` is replaced.
  // Empty: `<public_url>/{tenant}/`.
  std::string issuer;
  // The audiences that exist; empty: every audience does (decisions.md).
  std::vector<std::string> audiences;
  // exp − now. From 5 minutes to 24 hours; nbf lies 5 minutes before now, as Azure's does.
  std::chrono::seconds token_lifetime = kMaxTokenLifetime;
};

// How the client that a token is for was believed.
enum class ClientProofKind { kPlace, kSecret, kCertificate, kFederated };

// Paths are relative to the issuer's URL.
struct PublishedIssuer {
  std::string issuer;
  std::string discovery_path;
  std::string discovery;
  std::string keys_path;
  std::string keys;
};

// The embedded issuer: mints RS256 JWTs with the claims of a managed-identity token
// (protocol.md F.5) and describes itself (F.4). No HTTP in it. Every thread may call everything.
class Authority {
 public:
  // `keys` must outlive it; the settings are believed (the configuration's reader checks them).
  Authority(AuthoritySettings settings, KeyRing& keys);

  // Fails with kAudienceUnknown (kInvalidRequest; the message is Azure's AADSTS500011 text with
  // Trace ID, Correlation ID and Timestamp lines) if an audience list is set and lacks `resource`,
  // letter for letter; with kResourceInvalid if `resource` is empty or not printable ASCII; with
  // kSigningFailed if OpenSSL refuses.
  Result<AccessToken> Mint(const TokenRequest& request, Time now,
                           ClientProofKind proof = ClientProofKind::kPlace) const;

  // An assertion with which an identity proves itself to another authority that trusts this one
  // (docs/credentials/federated_issuer.md). Good for ten minutes. Fails with kSigningFailed.
  Result<Secret> MintAssertion(const Guid& tenant, std::string_view subject,
                               std::string_view audience, Time now) const;

  std::string IssuerOf(const Guid& tenant) const;

  // JSON documents, one line each: see discovery.h.
  using DiscoveryVersion = openimds::DiscoveryVersion;
  std::string RenderDiscovery(const Guid& tenant, DiscoveryVersion version) const;
  std::string RenderJwks(const Guid& tenant, DiscoveryVersion version) const;

  // The static files with which a web host publishes this issuer (docs/credentials/
  // federated_issuer.md). `keys` is a JWKS of all published keys.
  PublishedIssuer RenderPublishedIssuer(const Guid& tenant) const;

  // From the next call on. Keys and tokens that exist stay as they are.
  void Reconfigure(AuthoritySettings settings);
  std::shared_ptr<const AuthoritySettings> settings() const { return settings_.Read(); }
  KeyRing& keys() { return keys_; }

 private:
  Published<AuthoritySettings> settings_;
  KeyRing& keys_;
};

}  // namespace openimds
