// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "authority/authority.h"
#include "base/published.h"
#include "credentials/embedded_credential.h"
#include "credentials/oauth_credential.h"
#include "model/credential_settings.h"
#include "registry/registry.h"
#include "tokens/credential.h"

namespace openimds {

// Settings that the configuration file makes, by an identity's resource id key or its bare name in
// lower case. They win over what the registry holds.
using ConfiguredCredentials = std::map<std::string, CredentialSettings, std::less<>>;

// Sends each request to the credential that was chosen for its identity; `embedded` where none was.
// A change in the registry counts from the next call on. Every thread may call every function.
class CredentialRouter final : public Credential {
 public:
  // All but the map must outlive it.
  CredentialRouter(const Registry& registry, const Authority& authority, Upstream upstream,
                   ConfiguredCredentials configured);

  TokenScope ScopeFor(const Identity& identity) const override;
  Result<AccessToken> Fetch(const TokenRequest& request, Time now) override;

  void Reconfigure(ConfiguredCredentials configured);
  // What holds for the identity; a shared default if nothing was chosen.
  std::shared_ptr<const CredentialSettings> SettingsFor(const Identity& identity) const;
  bool IsConfigured(const Identity& identity) const;  // by the configuration file

 private:
  struct Made {
    CredentialSettings settings;
    std::shared_ptr<Credential> credential;
  };

  const CredentialSettings* FindConfigured(const ConfiguredCredentials& configured,
                                           const Identity& identity) const;
  std::shared_ptr<Credential> Make(const CredentialSettings& settings) const;
  std::unique_ptr<ClientProof> MakeProof(const CredentialSettings& settings) const;

  const Registry& registry_;
  const Authority& authority_;
  const Upstream upstream_;
  Published<ConfiguredCredentials> configured_;
  EmbeddedCredential embedded_;
  std::mutex mutex_;
  std::map<std::string, Made> made_;  // by the identity's key; under mutex_
};

}  // namespace openimds
