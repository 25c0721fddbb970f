// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/client_certificate.h"
#include "crypto/jwks.h"
#include "crypto/public_certificate.h"

// Both sides of client assertions (protocol.md F.2). Every thread may call all of it.
namespace openimds {

// A JWT with typ, alg, and `x5t#S256` (PS256) or `x5t` (RS256), base64url without padding; with the
// whole chain as x5c if asked for. Fails as the certificate's Sign() does.
Result<Secret> SignAssertion(const ClientCertificate& certificate, AssertionAlgorithm algorithm,
                             const boost::json::object& claims, bool with_chain);

// One that was read but that nobody vouches for. What else its header says (jku, x5u, x5c, jwk) is
// ignored: a stranger does not choose the key that we believe.
struct UnverifiedAssertion {
  AssertionAlgorithm algorithm;
  std::string kid;       // empty if the header has none
  std::string x5t;       // 20 raw bytes; empty if the header has none that can be read
  std::string x5t_s256;  // 32 raw bytes, or as above
  boost::json::object claims;
  std::string signing_input;  // the bytes under the signature
  std::string signature;
};

// What ReadJws() demands, and: PS256 or RS256; no type, or one of JWT and JOSE; thumbprints in
// base64url or base64, padded or not, because some clients pad them (MSAL for Go); claims that are
// a JSON object. Fails with kTokenInvalid (kUnauthorized), never quoting the text.
Result<UnverifiedAssertion> ReadAssertion(std::string_view jwt);

}  // namespace openimds
