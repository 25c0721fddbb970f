// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/assertion_algorithm.h"
#include "crypto/client_certificate.h"

namespace openimds {

// A certificate that was registered for a client: RSA of 2,048 to 8,192 bits. Immutable; every
// thread may use it, and copies share what they hold.
class PublicCertificate {
 public:
  // From PEM (the first certificate in it) or DER (it alone). A private key beside it is refused:
  // it does not belong here. Fails with kCredentialInvalid (kInvalidRequest).
  static Result<PublicCertificate> Parse(std::string_view pem_or_der);

  const Thumbprints& thumbprints() const;
  Time not_before() const;
  Time not_after() const;
  const std::string& subject() const;  // as RFC 2253 writes it, in ASCII
  const std::string& der_base64() const;

  bool Verify(AssertionAlgorithm algorithm, std::string_view bytes,
              std::string_view signature) const;

 private:
  struct Parts;
  explicit PublicCertificate(std::shared_ptr<const Parts> parts);
  std::shared_ptr<const Parts> parts_;
};

}  // namespace openimds
