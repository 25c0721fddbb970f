// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "tokens/access_token.h"

namespace openimds {

// The claims of a managed-identity token as JSON, by protocol.md F.5, in its order. `aio`, `rh` and
// `uti` are opaque to everyone but Azure and are random here, of the length and alphabet usual
// there. The times are whole seconds; `iat` is `not_before`, as Azure has it.
//
// REQUIRES: request.resource is printable ASCII.
// `appidacr` is how the client proved itself: "1" with a secret, "2" with a certificate or, as a
// managed identity does, by being where it is.
std::string RenderClaims(const TokenRequest& request, std::string_view issuer, Time not_before,
                         Time expires_on, std::string_view appidacr = "2");

// An assertion for another authority: iss, sub, aud, iat, nbf, exp and a `jti` of its own.
std::string RenderAssertionClaims(std::string_view issuer, std::string_view subject,
                                  std::string_view audience, Time now, Time expires_on);

}  // namespace openimds
