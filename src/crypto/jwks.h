// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/assertion_algorithm.h"
#include "crypto/signing_key.h"

namespace openimds {

// The keys of a foreign issuer's JWKS (RFC 7517) that can vouch for an assertion: RSA of 2,048 to
// 8,192 bits, for signing (`use`, `key_ops`), with PS256 or RS256 (`alg`). All others are skipped;
// x5t and x5c stay empty. Fails with kTokenInvalid (kUnauthorized), never quoting the text, if it
// is no set of at most 100 keys, if none is of use, or if a private member was published in any:
// whoever read it can sign.
Result<std::vector<PublicJwk>> ParseJwks(std::string_view json);

// True if the private half of `jwk`, which may be used with `algorithm`, made `signature` over
// `bytes`; false also for a `jwk` that is none.
bool VerifySignature(AssertionAlgorithm algorithm, const PublicJwk& jwk, std::string_view bytes,
                     std::string_view signature);

}  // namespace openimds
