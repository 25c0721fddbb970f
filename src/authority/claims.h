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
std::string RenderClaims(const TokenRequest& request, std::string_view issuer, Time not_before,
                         Time expires_on);

}  // namespace openimds
