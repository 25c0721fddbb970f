// SPDX-License-Identifier: Apache-2.0
#include "credentials/federated_file.h"

#include <cstdlib>
#include <string>
#include <utility>

#include "base/reasons.h"
#include "credentials/secret_file.h"

namespace openimds {
namespace {

class FederatedFileProof final : public ClientProof {
 public:
  explicit FederatedFileProof(CredentialSettings settings) : settings_(std::move(settings)) {}

  Result<Proof> Make(const ProofRequest&) override {
    std::string path = settings_.Option("token_file");
    if (path.empty()) {
      const char* variable = std::getenv("AZURE_FEDERATED_TOKEN_FILE");
      if (variable == nullptr || *variable == '\0') {
        return Fail(ErrorKind::kUnavailable, reasons::kCredentialUnreadable,
                    "expected token_file or AZURE_FEDERATED_TOKEN_FILE, got neither");
      }
      path = variable;
    }
    TRY(Secret assertion, ReadSecretLine(path, FileAccess::kAny));
    return AssertionProof(std::move(assertion));
  }

 private:
  const CredentialSettings settings_;
};

}  // namespace

std::unique_ptr<ClientProof> MakeFederatedFileProof(const CredentialSettings& settings) {
  return std::make_unique<FederatedFileProof>(settings);
}

}  // namespace openimds
