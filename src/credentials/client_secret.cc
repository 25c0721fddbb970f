// SPDX-License-Identifier: Apache-2.0
#include "credentials/client_secret.h"

#include <cstdlib>
#include <string>
#include <utility>

#include "base/reasons.h"
#include "base/text.h"
#include "credentials/secret_file.h"
#include "crypto/digest.h"

namespace openimds {
namespace {

tl::unexpected<Error> Missing(const std::string& what) {
  return Fail(ErrorKind::kUnavailable, reasons::kCredentialUnreadable,
              "cannot get the client secret: " + what);
}

Result<Secret> ReadVariable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') {
    return Missing("the environment variable " + name + " is not set");
  }
  return Secret(std::string(value));
}

Result<Secret> ReadSystemdCredential(const std::string& name) {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr || *folder == '\0') {
    return Missing("systemd gave this service no credentials; expected LoadCredential=" + name +
                   ":… in its unit");
  }
  return ReadSecretLine(std::string(folder) + "/" + name, FileAccess::kPrivate);
}

// RFC 6749, 2.3.1: both are form-encoded before they are put together.
Secret BasicAuthorization(const std::string& client_id, const Secret& secret) {
  std::string pair =
      EncodeFormComponent(client_id) + ":" + EncodeFormComponent(secret.RevealSecret());
  const Secret plain(std::move(pair));
  return Secret("Basic " + Base64Encode(plain.RevealSecret()));
}

class ClientSecretProof final : public ClientProof {
 public:
  explicit ClientSecretProof(CredentialSettings settings) : settings_(std::move(settings)) {}

  Result<Proof> Make(const ProofRequest& request) override {
    TRY(Secret secret, Read());
    Proof proof;
    if (settings_.Option("client_authentication", "post") == "basic") {
      proof.authorization = BasicAuthorization(request.client_id, secret);
    } else {
      proof.form.emplace_back("client_secret", std::move(secret));
    }
    return proof;
  }

 private:
  Result<Secret> Read() const {
    if (const std::string file = settings_.Option("secret_file"); !file.empty()) {
      return ReadSecretLine(file, FileAccess::kPrivate);
    }
    if (const std::string name = settings_.Option("secret_env"); !name.empty()) {
      return ReadVariable(name);
    }
    return ReadSystemdCredential(settings_.Option("secret_systemd"));
  }

  const CredentialSettings settings_;
};

}  // namespace

std::unique_ptr<ClientProof> MakeClientSecretProof(const CredentialSettings& settings) {
  return std::make_unique<ClientSecretProof>(settings);
}

}  // namespace openimds
