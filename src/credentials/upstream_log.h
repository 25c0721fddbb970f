// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"
#include "telemetry/log.h"
#include "tokens/access_token.h"

namespace openimds {

// The line that an operator reads about a call to an authority elsewhere: `upstream.answered`
// (debug) or `upstream.failed` (warn). `authority` is its URL, or what stands in for one.
void LogUpstream(Log& log, std::string_view authority, const TokenRequest& request,
                 const Result<AccessToken>& outcome);

}  // namespace openimds
