// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"
#include "broker/token_question.h"

namespace openimds::imds {

// The query of `GET /metadata/identity/oauth2/token` (protocol.md A.2, A.3): api-version, resource,
// one selector, bypass_cache. Names that IMDS does not know are ignored, unless they look like a
// selector. Pure.
Result<TokenQuestion> ParseTokenRequest(std::string_view query);

}  // namespace openimds::imds
