// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>

#include "base/clock.h"
#include "base/published.h"
#include "credentials/authority_gates.h"
#include "credentials/oauth_credential.h"
#include "extension/certificate_keeper.h"
#include "extension/daemon_settings.h"
#include "http/outbound.h"
#include "telemetry/log.h"
#include "tokens/credential.h"

namespace openimds::extension {

// Tokens for the identities of the settings, each by an assertion that its own certificate signs
// (credentials/certificate.h). Every thread may call everything; a fetch that is under way ends
// with the settings that it began with.
class GuestCredential final : public Credential {
 public:
  // Both must outlive it.
  GuestCredential(const Clock& clock, Log& log);

  TokenScope ScopeFor(const Identity&) const override { return TokenScope::kIdentity; }
  // Fails with kIdentityNotFound for one that the settings no longer have, else as OAuthCredential.
  Result<AccessToken> Fetch(const TokenRequest& request, Time now) override;

  // Reads every certificate, and takes the settings only if all of them are good; then authorities
  // that were left in peace are asked again. Fails as ReadCertificate() or with kCredentialInvalid.
  Result<void> Reconfigure(const DaemonSettings& settings,
                           std::shared_ptr<http::Outbound> outbound);

 private:
  struct Configured {
    std::shared_ptr<http::Outbound> outbound;
    std::map<Guid, std::unique_ptr<OAuthCredential>> by_client_id;
  };

  const Clock& clock_;
  Log& log_;
  AuthorityGates gates_;
  Published<Configured> configured_;
};

}  // namespace openimds::extension
