// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/client_certificate.h"
#include "crypto/signing_key.h"

// Both sides of client assertions (protocol.md F.2). Every thread may call all of it.
namespace openimds {

// A JWT with typ, alg, and `x5t#S256` (PS256) or `x5t` (RS256), base64url without padding; with the
// whole chain as x5c if asked for. Fails as the certificate's Sign() does.
Result<Secret> SignAssertion(const ClientCertificate& certificate, AssertionAlgorithm algorithm,
                             const boost::json::object& claims, bool with_chain);

// One that was read but that nobody vouches for.
struct UnverifiedAssertion {
  AssertionAlgorithm algorithm;
  std::string kid;
  std::string x5t;       // raw bytes, empty if the header has none
  std::string x5t_s256;  // the same
  boost::json::object claims;
  std::string signing_input;  // the bytes under the signature
  std::string signature;
};

// At most 16 KiB; PS256 or RS256; thumbprints in base64url or base64, padded or not, because some
// clients pad them (MSAL for Go); no `crit` or `b64`. Fails with kTokenInvalid (kUnauthorized),
// never quoting the text.
Result<UnverifiedAssertion> ReadAssertion(std::string_view jwt);

// A certificate that was registered for a client: RSA, of 2,048 to 8,192 bits.
class PublicCertificate {
 public:
  // From PEM (the first certificate in it) or DER. A private key beside it is refused: it does not
  // belong here. Fails with kCredentialInvalid (kInvalidRequest).
  static Result<PublicCertificate> Parse(std::string_view pem_or_der);

  PublicCertificate(PublicCertificate&&) noexcept;
  ~PublicCertificate();

  const Thumbprints& thumbprints() const;
  Time not_before() const;
  Time not_after() const;
  const std::string& subject() const;  // as RFC 2253 writes it
  std::string der_base64() const;
  bool Verify(AssertionAlgorithm algorithm, std::string_view bytes,
              std::string_view signature) const;

 private:
  struct Parts;
  explicit PublicCertificate(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// The RSA signing keys of a foreign issuer's JWKS; other kinds are skipped. At most 100. x5t and x5c
// stay empty. Fails with kTokenInvalid, also if a private member was published.
Result<std::vector<PublicJwk>> ParseJwks(std::string_view json);

// False also for a `jwk` that is none.
bool VerifySignature(AssertionAlgorithm algorithm, const PublicJwk& jwk, std::string_view bytes,
                     std::string_view signature);

}  // namespace openimds
