// SPDX-License-Identifier: Apache-2.0
#include "crypto/public_certificate.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/reasons.h"
#include "crypto/certificate_chain.h"
#include "crypto/openssl_rsa.h"

namespace openimds {

struct PublicCertificate::Parts {
  CertificateChain chain;  // of one
  std::string subject;
};

namespace {

tl::unexpected<Error> Invalid(const std::string& what) {
  ERR_clear_error();
  return Fail(ErrorKind::kInvalidRequest, reasons::kCredentialInvalid, what);
}

OpenSslPtr<X509> ReadDer(std::string_view bytes) {
  const unsigned char* at = AsBytes(bytes);
  OpenSslPtr<X509> certificate(d2i_X509(nullptr, &at, static_cast<long>(bytes.size())));
  const bool all = at == AsBytes(bytes) + bytes.size();
  return all ? std::move(certificate) : nullptr;
}

OpenSslPtr<X509> Read(std::string_view bytes) {
  if (bytes.find("-----BEGIN ") == bytes.npos) return ReadDer(bytes);
  auto all = ReadPemCertificates(bytes);
  return all.empty() ? nullptr : std::move(all.front());
}

std::string SubjectOf(const X509* certificate) {
  const OpenSslPtr<BIO> text(BIO_new(BIO_s_mem()));
  if (!text) return {};
  X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return {data, static_cast<std::size_t>(std::max(size, 0L))};
}

}  // namespace

PublicCertificate::PublicCertificate(std::shared_ptr<const Parts> parts)
    : parts_(std::move(parts)) {}

Result<PublicCertificate> PublicCertificate::Parse(std::string_view bytes) {
  if (bytes.find("PRIVATE KEY-----") != bytes.npos) {
    return Invalid(
        "expected a certificate alone, got a private key too: keep "
        "that to yourself");
  }
  OpenSslPtr<X509> certificate = Read(bytes);
  if (!certificate) return Invalid("expected a certificate as PEM or DER");
  const EVP_PKEY* const key = X509_get0_pubkey(certificate.get());
  if (!IsUsableRsa(key)) {
    return Invalid("expected a certificate with an RSA key of 2048 to 8192 bits");
  }
  const std::string modulus = ModulusOf(key);
  std::string subject = SubjectOf(certificate.get());
  std::vector<OpenSslPtr<X509>> alone;
  alone.push_back(std::move(certificate));
  TRY(CertificateChain chain, ArrangeChain(std::move(alone), modulus));
  return PublicCertificate(
      std::make_shared<const Parts>(Parts{std::move(chain), std::move(subject)}));
}

const Thumbprints& PublicCertificate::thumbprints() const {
  return parts_->chain.facts.thumbprints;
}
Time PublicCertificate::not_before() const { return parts_->chain.facts.not_before; }
Time PublicCertificate::not_after() const { return parts_->chain.facts.not_after; }
const std::string& PublicCertificate::subject() const { return parts_->subject; }
const std::string& PublicCertificate::der_base64() const { return parts_->chain.facts.x5c.front(); }

bool PublicCertificate::Verify(AssertionAlgorithm algorithm, std::string_view bytes,
                               std::string_view signature) const {
  return VerifiesWith(parts_->chain.public_key(), algorithm, bytes, signature);
}

}  // namespace openimds
