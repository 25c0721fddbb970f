// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate_chain.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>

#include "base/reasons.h"
#include "crypto/digest.h"
#include "crypto/openssl_rsa.h"

namespace openimds {
namespace {

using Certificates = std::vector<OpenSslPtr<X509>>;

tl::unexpected<Error> Invalid(const std::string& what) {
  ERR_clear_error();
  return Fail(ErrorKind::kInvalidRequest, reasons::kCredentialInvalid, what);
}

bool HasModulus(const X509* certificate, std::string_view modulus) {
  const EVP_PKEY* const key = X509_get0_pubkey(certificate);
  return key != nullptr && ModulusOf(key) == modulus;
}

OpenSslPtr<X509> Take(Certificates& from, Certificates::iterator at) {
  OpenSslPtr<X509> taken = std::move(*at);
  from.erase(at);
  return taken;
}

Result<ChainFacts> FactsOf(const Certificates& chain) {
  const X509* const leaf = chain.front().get();
  const auto not_before = ToTime(X509_get0_notBefore(leaf));
  const auto not_after = ToTime(X509_get0_notAfter(leaf));
  if (!not_before || !not_after) return Invalid("the certificate's times cannot be read");
  const std::string der = ToDer(leaf);
  ChainFacts facts{{Sha1(der), Sha256(der)}, {}, *not_before, *not_after};
  for (const auto& one : chain) facts.x5c.push_back(Base64Encode(ToDer(one.get())));
  return facts;
}

}  // namespace

Result<CertificateChain> ArrangeChain(Certificates certificates, std::string_view modulus) {
  if (certificates.empty()) return Invalid("expected a certificate beside the private key");
  const auto leaf = std::find_if(certificates.begin(), certificates.end(),
                                 [&](const auto& one) { return HasModulus(one.get(), modulus); });
  if (leaf == certificates.end()) return Invalid("no certificate belongs to the private key");
  if (!IsUsableRsa(X509_get0_pubkey(leaf->get()))) {
    return Invalid("expected an RSA key of 2048 to 8192 bits");
  }
  Certificates chain;
  chain.push_back(Take(certificates, leaf));
  for (;;) {
    X509* const last = chain.back().get();
    if (X509_check_issued(last, last) == X509_V_OK) break;  // a root
    const auto issuer = std::find_if(
        certificates.begin(), certificates.end(),
        [&](const auto& one) { return X509_check_issued(one.get(), last) == X509_V_OK; });
    if (issuer == certificates.end()) break;
    chain.push_back(Take(certificates, issuer));
  }
  ERR_clear_error();
  TRY(ChainFacts facts, FactsOf(chain));
  return CertificateChain{std::move(chain), std::move(facts)};
}

}  // namespace openimds
