// SPDX-License-Identifier: Apache-2.0
#include "credentials/credential_router.h"

#include <utility>

#include "base/text.h"
#include "credentials/az_cli.h"
#include "credentials/certificate.h"
#include "credentials/client_secret.h"
#include "credentials/federated_file.h"
#include "credentials/federated_issuer.h"
#include "credentials/pkcs11.h"

namespace openimds {

std::string ConfiguredIdentityKey(std::string_view name) { return "identity:" + LowerAscii(name); }
std::string ConfiguredMachineKey(std::string_view name) { return "machine:" + LowerAscii(name); }

CredentialRouter::CredentialRouter(const Registry& registry, const Authority& authority,
                                   Upstream upstream, ConfiguredCredentials configured)
    : registry_(registry),
      authority_(authority),
      upstream_(upstream),
      configured_(std::make_shared<const ConfiguredCredentials>(std::move(configured))),
      embedded_(authority) {}

void CredentialRouter::Reconfigure(ConfiguredCredentials configured) {
  configured_.Publish(std::make_shared<const ConfiguredCredentials>(std::move(configured)));
}

const CredentialSettings* CredentialRouter::FindConfigured(const ConfiguredCredentials& configured,
                                                           const Identity& identity) const {
  if (configured.empty()) return nullptr;
  auto found = configured.find(identity.id.key());
  if (found == configured.end()) {
    const bool machine = identity.kind == IdentityKind::kSystemAssigned;
    found = configured.find(machine ? ConfiguredMachineKey(identity.id.name())
                                    : ConfiguredIdentityKey(identity.id.name()));
  }
  return found == configured.end() ? nullptr : &found->second;
}

bool CredentialRouter::IsConfigured(const Identity& identity) const {
  return FindConfigured(*configured_.Read(), identity) != nullptr;
}

CredentialSettings CredentialRouter::SettingsFor(const Identity& identity) const {
  const CredentialSettings* settings = FindSettings(identity);
  return settings == nullptr ? CredentialSettings() : *settings;
}

const CredentialSettings* CredentialRouter::FindSettings(const Identity& identity) const {
  if (const CredentialSettings* found = FindConfigured(*configured_.Read(), identity)) return found;
  const auto& chosen = registry_.Read()->credentials;
  if (chosen.empty()) return nullptr;
  const auto found = chosen.find(identity.id.key());
  return found == chosen.end() ? nullptr : found->second.get();
}

TokenScope CredentialRouter::ScopeFor(const Identity& identity) const {
  const CredentialSettings* settings = FindSettings(identity);
  const bool embedded = settings == nullptr || settings->kind == CredentialKind::kEmbedded;
  return embedded ? embedded_.ScopeFor(identity) : TokenScope::kIdentity;
}

Result<AccessToken> CredentialRouter::Fetch(const TokenRequest& request, Time now) {
  const CredentialSettings settings = SettingsFor(*request.identity);
  if (settings.kind == CredentialKind::kEmbedded) return embedded_.Fetch(request, now);
  std::shared_ptr<Credential> credential;
  {
    std::lock_guard lock(mutex_);
    Made& made = made_[request.identity->id.key()];
    if (!made.credential || made.settings != settings) made = {settings, Make(settings)};
    credential = made.credential;
  }
  return credential->Fetch(request, now);
}

std::shared_ptr<Credential> CredentialRouter::Make(const CredentialSettings& settings) const {
  if (settings.kind == CredentialKind::kAzCli) return MakeAzCliCredential(settings, upstream_.log);
  return std::make_shared<OAuthCredential>(upstream_, settings, MakeProof(settings));
}

std::unique_ptr<ClientProof> CredentialRouter::MakeProof(const CredentialSettings& settings) const {
  switch (settings.kind) {
    case CredentialKind::kClientSecret:
      return MakeClientSecretProof(settings);
    case CredentialKind::kCertificate:
      return MakeCertificateProof(settings);
    case CredentialKind::kPkcs11:
      return MakePkcs11Proof(settings);
    case CredentialKind::kFederatedFile:
      return MakeFederatedFileProof(settings);
    case CredentialKind::kFederatedIssuer:
      return MakeFederatedIssuerProof(settings, authority_);
    case CredentialKind::kEmbedded:
    case CredentialKind::kAzCli:
      break;
  }
  return nullptr;  // those two ask nobody over HTTP
}

}  // namespace openimds
