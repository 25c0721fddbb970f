// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
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

// What others are told of a certificate and of what vouches for it.
struct ChainFacts {
  Thumbprints thumbprints;
  std::vector<std::string> x5c;  // base64 of the DER, leaf first, then its issuers
  Time not_before;
  Time not_after;
};

// A certificate with the means to sign with its private key, wherever that is. Immutable; every
// thread may sign.
class ClientCertificate {
 public:
  virtual ~ClientCertificate() = default;
  ClientCertificate(const ClientCertificate&) = delete;
  ClientCertificate& operator=(const ClientCertificate&) = delete;

  const Thumbprints& thumbprints() const { return facts_.thumbprints; }
  const std::vector<std::string>& x5c() const { return facts_.x5c; }
  Time not_before() const { return facts_.not_before; }
  Time not_after() const { return facts_.not_after; }

  // The raw signature. Fails with kSigningFailed; the kinds of keys have more to say.
  virtual Result<std::string> Sign(AssertionAlgorithm algorithm, std::string_view bytes) const = 0;

 protected:
  explicit ClientCertificate(ChainFacts facts) : facts_(std::move(facts)) {}

 private:
  const ChainFacts facts_;
};

// From the bytes of a file: PEM (one key and its certificates in any order, the key perhaps
// encrypted) or PKCS#12 (also with the ciphers of old Windows), told apart by what they hold. The
// leaf is the certificate that the key belongs to; of the others, those that lead from it to its
// root are kept. RSA of 2,048 to 8,192 bits. Fails with kCredentialInvalid (kInvalidRequest), never
// quoting a byte.
Result<std::shared_ptr<const ClientCertificate>> ParseClientCertificate(const Secret& file,
                                                                        const Secret& password);

}  // namespace openimds
