// SPDX-License-Identifier: Apache-2.0
#include "extension/guest_credential.h"

#include <string>
#include <utility>

#include "base/reasons.h"
#include "credentials/certificate.h"
#include "model/credential_settings.h"

namespace openimds::extension {
namespace {

class KeptCertificateProof final : public ClientProof {
 public:
  KeptCertificateProof(std::shared_ptr<CertificateKeeper> keeper, CredentialSettings settings)
      : keeper_(std::move(keeper)), settings_(std::move(settings)) {}

  Result<Proof> Make(const ProofRequest& request) override {
    TRY(const auto certificate, keeper_->Get());
    return ProveWithCertificate(*certificate, settings_, request);
  }

 private:
  const std::shared_ptr<CertificateKeeper> keeper_;
  const CredentialSettings settings_;
};

Result<CredentialSettings> SettingsFor(const UpstreamAuthority& authority,
                                       const DaemonIdentity& identity) {
  return MakeCredentialSettings("certificate",
                                {{"certificate_file", identity.certificate.certificate},
                                 {"authority_host", authority.url},
                                 {"tenant_id", authority.tenant},
                                 {"client_id", identity.client_id.ToString()},
                                 {"protocol", authority.protocol},
                                 {"algorithm", authority.algorithm},
                                 {"send_chain", authority.send_chain ? "true" : "false"},
                                 {"check_audience", authority.check_audience ? "true" : "false"}});
}

}  // namespace

GuestCredential::GuestCredential(const Clock& clock, Log& log)
    : clock_(clock), log_(log), configured_(std::make_shared<const Configured>()) {}

Result<void> GuestCredential::Reconfigure(const DaemonSettings& settings,
                                          std::shared_ptr<http::Outbound> outbound) {
  auto next = std::make_shared<Configured>();
  next->outbound = std::move(outbound);
  // One that several identities share is read once.
  std::map<std::pair<std::string, std::string>, std::shared_ptr<CertificateKeeper>> keepers;
  for (const DaemonIdentity& identity : settings.identities) {
    const CertificateFiles& files = identity.certificate;
    auto& keeper = keepers[{files.certificate.native(), files.key.native()}];
    if (!keeper) keeper = std::make_shared<CertificateKeeper>(files, log_);
    TRY_VOID(keeper->Get());
    TRY(CredentialSettings made, SettingsFor(settings.authority, identity));
    auto proof = std::make_unique<KeptCertificateProof>(keeper, made);
    next->by_client_id.emplace(
        identity.client_id,
        std::make_unique<OAuthCredential>(Upstream{*next->outbound, gates_, clock_, log_},
                                          std::move(made), std::move(proof)));
  }
  configured_.Publish(std::move(next));
  gates_.OpenAll();
  return {};
}

Result<AccessToken> GuestCredential::Fetch(const TokenRequest& request, Time now) {
  const std::shared_ptr<const Configured> configured = configured_.Read();
  const auto found = configured->by_client_id.find(request.identity->client_id);
  if (found == configured->by_client_id.end()) {
    return Fail(ErrorKind::kNotFound, reasons::kIdentityNotFound,
                "the identity is no longer one of this machine's");
  }
  return found->second->Fetch(request, now);
}

}  // namespace openimds::extension
