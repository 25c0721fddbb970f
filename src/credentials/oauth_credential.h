// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "credentials/authority_gates.h"
#include "credentials/client_proof.h"
#include "http/outbound.h"
#include "model/credential_settings.h"
#include "telemetry/log.h"
#include "tokens/credential.h"

namespace openimds {

// What all credentials that ask an authority over HTTP share. Must outlive them.
struct Upstream {
  http::Outbound& client;
  AuthorityGates& gates;
  const Clock& clock;
  Log& log;
};

// Tokens from an authority, by the client-credentials grant (protocol.md F.1). How the client
// proves itself is the proof's business.
class OAuthCredential final : public Credential {
 public:
  OAuthCredential(Upstream upstream, CredentialSettings settings,
                  std::unique_ptr<ClientProof> proof);

  TokenScope ScopeFor(const Identity&) const override { return TokenScope::kIdentity; }

  // Fails as Outbound::Send(), ReadTokenReply() and the proof do, or at once while the
  // authority's gate is closed. What was sent as proof is in no message, even if the authority
  // repeats it.
  Result<AccessToken> Fetch(const TokenRequest& request, Time now) override;

 private:
  std::string EndpointFor(const Identity& identity) const;
  Result<AccessToken> Ask(const TokenRequest& request, const std::string& endpoint, Time now);

  const Upstream upstream_;
  const CredentialSettings settings_;
  const std::unique_ptr<ClientProof> proof_;
};

}  // namespace openimds
