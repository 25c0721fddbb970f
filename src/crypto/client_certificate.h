// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/assertion_algorithm.h"

namespace openimds {

// Digests of a certificate's DER, as raw bytes.
struct Thumbprints {
  std::string sha1;    // 20
  std::string sha256;  // 32
};

// A certificate with the means to sign with its private key. Immutable; every thread may sign.
class ClientCertificate {
 public:
  virtual ~ClientCertificate() = default;

  virtual const Thumbprints& thumbprints() const = 0;
  virtual const std::vector<std::string>& x5c() const = 0;  // base64 of the DER, leaf first
  virtual Time not_after() const = 0;

  // The raw signature. Fails with kSigningFailed.
  virtual Result<std::string> Sign(AssertionAlgorithm algorithm, std::string_view bytes) const = 0;
};

// From the bytes of a file: PEM (key and certificates in any order, the key perhaps encrypted) or
// PKCS#12, told apart by what they hold. The leaf is the certificate that the key belongs to. RSA of
// at least 2,048 bits. Fails with kCredentialInvalid (kInvalidRequest), never quoting a byte.
Result<std::shared_ptr<const ClientCertificate>> ParseClientCertificate(const Secret& file,
                                                                        const Secret& password);

}  // namespace openimds
