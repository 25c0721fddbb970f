// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/client_certificate.h"
#include "crypto/openssl_ptr.h"

namespace openimds {

// A leaf that fits a key, and what leads from it to its root. For the sources of this folder only.
struct CertificateChain {
  std::vector<OpenSslPtr<X509>> certificates;  // at least the leaf, which is the first
  ChainFacts facts;

  EVP_PKEY* public_key() const { return X509_get0_pubkey(certificates.front().get()); }
};

// Finds the leaf by the modulus of its RSA key, and its issuers, among `certificates` in any order;
// drops the others. Fails with kCredentialInvalid (kInvalidRequest).
Result<CertificateChain> ArrangeChain(std::vector<OpenSslPtr<X509>> certificates,
                                      std::string_view modulus);

}  // namespace openimds
