// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authority/authority.h"
#include "authority/issuer_keys.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/assertion.h"
#include "model/client_registration.h"

namespace openimds {

inline constexpr std::string_view kJwtBearerType =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

// What a client brought to the token endpoint to prove who it is.
struct PresentedProof {
  std::optional<Secret> secret;
  std::optional<Secret> assertion;
  std::string_view assertion_type;  // static storage; kJwtBearerType, or it is refused
};

// Who is asked, and from where.
struct ProofSetting {
  const ClientRegistration& client;
  Guid tenant;
  std::vector<std::string> token_endpoints;  // what an assertion may name as its audience
  std::string_view peer;  // for telling a replay from a client that uses one twice
  Time now;
};

// Assertions that were used, until they expire. MSAL keeps an assertion for its whole life and
// sends it with each request, so the same bytes from the same peer are no replay; the same `jti` in
// other bytes, or from elsewhere, is one. Bounded. Every thread may call it.
class UsedAssertions {
 public:
  static constexpr std::size_t kMost = 100'000;

  // False for a replay. When it is full, the one that expires first is forgotten.
  bool TryUse(const Guid& client_id, std::string_view jti, std::string_view assertion,
              std::string_view peer, Time expires_on, Time now);

 private:
  struct Use {
    std::string mark;  // a digest of assertion and peer
    Time expires_on;
  };

  std::mutex mutex_;
  std::map<std::string, Use> uses_;  // by a digest of client and jti
  std::multimap<Time, std::string> by_expiry_;
};

// Believes a client, or says why not (protocol.md F.2, F.3). Every thread may call Check(), which
// takes tens of milliseconds for a secret and may ask a foreign issuer for its keys.
class ClientAuthenticator {
 public:
  // Both must outlive it.
  ClientAuthenticator(const Authority& authority, IssuerKeys& issuer_keys)
      : authority_(authority), issuer_keys_(issuer_keys) {}

  // Fails with one of the reasons `client.*`, `assertion.*` and `federation.*` (kUnauthorized, or
  // kInvalidRequest where the request itself is wrong, or kUnavailable for a foreign issuer that
  // does not answer). No message repeats what was presented.
  Result<ClientProofKind> Check(const PresentedProof& proof, const ProofSetting& setting);

 private:
  Result<ClientProofKind> CheckSecret(const Secret& secret, const ProofSetting& setting) const;
  Result<ClientProofKind> CheckAssertion(const Secret& assertion, const ProofSetting& setting);
  Result<void> CheckOwnAssertion(const UnverifiedAssertion& assertion, std::string_view bytes,
                                 const ProofSetting& setting);
  Result<void> CheckFederated(const UnverifiedAssertion& assertion, const ProofSetting& setting);

  const Authority& authority_;
  IssuerKeys& issuer_keys_;
  UsedAssertions used_;
};

}  // namespace openimds
