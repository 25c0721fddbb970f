// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/assertion.h"
#include "crypto/signing_key.h"
#include "http/outbound_client.h"
#include "model/client_registration.h"

namespace openimds {

// The public keys of foreign issuers, for federated assertions: from a file, or by the issuer's
// discovery document over HTTPS (http for loopback only). Keys are kept for kKeptFor and fetched
// again for a `kid` that is not among them, but not more often than every kRefetchPause, so that
// nobody makes us hammer an issuer. Every thread may call it; it may block.
class IssuerKeys {
 public:
  static constexpr std::chrono::minutes kKeptFor{60};
  static constexpr std::chrono::seconds kRefetchPause{30};

  // Both must outlive it.
  IssuerKeys(http::OutboundClient& client, const Clock& clock) : client_(client), clock_(clock) {}

  // Fails with kAssertionKey (kUnauthorized) if none of the issuer's keys made the signature, with
  // kFederationKeys (kUnavailable) if the keys cannot be had.
  Result<void> Verify(const FederatedCredential& trusted, const UnverifiedAssertion& assertion);

 private:
  using Keys = std::shared_ptr<const std::vector<PublicJwk>>;
  struct Kept {
    Keys keys;
    SteadyTime fetched{};
  };

  Result<Keys> KeysOf(const FederatedCredential& trusted, const std::string& kid);
  Result<Keys> Fetch(const FederatedCredential& trusted);
  Result<std::string> Get(const std::string& url);

  http::OutboundClient& client_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Kept> kept_;  // by issuer
};

}  // namespace openimds
