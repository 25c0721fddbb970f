// SPDX-License-Identifier: Apache-2.0
#include "credentials/pkcs11.h"

#include <mutex>
#include <string>
#include <utility>

#include "credentials/certificate.h"
#include "credentials/secret_file.h"
#include "crypto/pkcs11_certificate.h"

namespace openimds {
namespace {

class Pkcs11Proof final : public ClientProof {
 public:
  explicit Pkcs11Proof(CredentialSettings settings) : settings_(std::move(settings)) {}

  Result<Proof> Make(const ProofRequest& request) override {
    TRY(const auto certificate, Open());
    auto proof = ProveWithCertificate(*certificate, settings_, request);
    if (!proof) Forget();  // a renewed certificate or token is found the next time
    return proof;
  }

 private:
  using Certificate = std::shared_ptr<const ClientCertificate>;

  Result<Certificate> Open() {
    std::lock_guard lock(mutex_);
    if (opened_) return opened_;
    Pkcs11Settings token;
    token.module = settings_.Option("module");
    token.token = settings_.Option("token");
    token.key = settings_.Option("key");
    token.read_pin = [path = settings_.Option("pin_file")] {
      return ReadSecretLine(path, FileAccess::kPrivate);
    };
    if (const std::string path = settings_.Option("certificate_file"); !path.empty()) {
      TRY(const Secret file, ReadSecretFile(path, FileAccess::kAny));
      token.certificate = std::string(file.RevealSecret());
    }
    TRY(opened_, OpenPkcs11Certificate(std::move(token)));
    return opened_;
  }

  void Forget() {
    std::lock_guard lock(mutex_);
    opened_ = nullptr;
  }

  const CredentialSettings settings_;
  std::mutex mutex_;
  Certificate opened_;  // under mutex_
};

}  // namespace

std::unique_ptr<ClientProof> MakePkcs11Proof(const CredentialSettings& settings) {
  return std::make_unique<Pkcs11Proof>(settings);
}

}  // namespace openimds
