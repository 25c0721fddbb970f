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

// Settings that the configuration file makes; they win over what the registry holds. The keys are
// those of resource ids, or of bare names as the two functions below write them: a name alone could
// be an identity's and a machine's.
using ConfiguredCredentials = std::map<std::string, CredentialSettings, std::less<>>;
std::string ConfiguredIdentityKey(std::string_view name);  // a user-assigned one's
std::string ConfiguredMachineKey(std::string_view name);   // of a system-assigned identity

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
  // An administrator changed something: authorities that were left in peace are asked again.
  void RetryAtOnce() { upstream_.gates.OpenAll(); }
  // What holds for the identity; `embedded` if nothing was chosen.
  CredentialSettings SettingsFor(const Identity& identity) const;
  bool IsConfigured(const Identity& identity) const;  // by the configuration file

 private:
  struct Made {
    CredentialSettings settings;
    std::shared_ptr<Credential> credential;
  };

  // Null: nothing was chosen. Good until this thread looks again.
  const CredentialSettings* FindSettings(const Identity& identity) const;
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
