// SPDX-License-Identifier: Apache-2.0
#include "credentials/certificate.h"

#include <string>
#include <utility>

#include <boost/json/object.hpp>

#include "base/guid.h"
#include "base/reasons.h"
#include "base/text.h"
#include "credentials/secret_file.h"
#include "crypto/assertion.h"

namespace openimds {
namespace {

constexpr std::chrono::minutes kLifetime{9};     // Entra takes at most ten
constexpr std::chrono::seconds kClockSlack{30};  // how far an authority's clock may be behind

class CertificateProof final : public ClientProof {
 public:
  explicit CertificateProof(CredentialSettings settings) : settings_(std::move(settings)) {}

  Result<Proof> Make(const ProofRequest& request) override {
    TRY(const Secret file,
        ReadSecretFile(settings_.Option("certificate_file"), FileAccess::kPrivate));
    Secret password;
    if (const std::string path = settings_.Option("password_file"); !path.empty()) {
      TRY(password, ReadSecretLine(path, FileAccess::kPrivate));
    }
    TRY(const auto certificate, ParseClientCertificate(file, password));
    return ProveWithCertificate(*certificate, settings_, request);
  }

 private:
  const CredentialSettings settings_;
};

Result<void> CheckValidity(const ClientCertificate& certificate, Time now) {
  if (now < certificate.not_after()) return {};
  return Fail(
      ErrorKind::kInvalidRequest, reasons::kCredentialInvalid,
      "the client certificate expired at " + FormatIsoTime(ToUnixSeconds(certificate.not_after())));
}

}  // namespace

Proof AssertionProof(Secret assertion) {
  Proof proof;
  proof.form.emplace_back("client_assertion_type",
                          Secret("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
  proof.form.emplace_back("client_assertion", std::move(assertion));
  return proof;
}

Result<Proof> ProveWithCertificate(const ClientCertificate& certificate,
                                   const CredentialSettings& settings,
                                   const ProofRequest& request) {
  TRY_VOID(CheckValidity(certificate, request.now));
  const bool rs256 = settings.Option("algorithm", "PS256") == "RS256";
  const boost::json::object claims{{"aud", request.token_endpoint},
                                   {"iss", request.client_id},
                                   {"sub", request.client_id},
                                   {"jti", Guid::Random().ToString()},
                                   {"nbf", ToUnixSeconds(request.now - kClockSlack)},
                                   {"iat", ToUnixSeconds(request.now - kClockSlack)},
                                   {"exp", ToUnixSeconds(request.now + kLifetime)}};
  TRY(Secret assertion,
      SignAssertion(certificate, rs256 ? AssertionAlgorithm::kRs256 : AssertionAlgorithm::kPs256,
                    claims, settings.Option("send_chain") == "true"));
  return AssertionProof(std::move(assertion));
}

std::unique_ptr<ClientProof> MakeCertificateProof(const CredentialSettings& settings) {
  return std::make_unique<CertificateProof>(settings);
}

}  // namespace openimds
