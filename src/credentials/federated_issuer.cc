// SPDX-License-Identifier: Apache-2.0
#include "credentials/federated_issuer.h"

#include <string>
#include <utility>

namespace openimds {
namespace {

class FederatedIssuerProof final : public ClientProof {
 public:
  FederatedIssuerProof(CredentialSettings settings, const Authority& authority)
      : settings_(std::move(settings)), authority_(authority) {}

  Result<Proof> Make(const ProofRequest& request) override {
    const Identity& identity = *request.token.identity;
    TRY(Secret assertion,
        authority_.MintAssertion(
            identity.tenant_id, settings_.Option("subject", identity.id.text()),
            settings_.Option("audience", "api://AzureADTokenExchange"), request.now));
    return AssertionProof(std::move(assertion));
  }

 private:
  const CredentialSettings settings_;
  const Authority& authority_;
};

}  // namespace

std::unique_ptr<ClientProof> MakeFederatedIssuerProof(const CredentialSettings& settings,
                                                      const Authority& authority) {
  return std::make_unique<FederatedIssuerProof>(settings, authority);
}

}  // namespace openimds
