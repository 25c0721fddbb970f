// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "broker/fault_profile.h"
#include "http/request.h"
#include "http/response.h"
#include "tokens/cached_token.h"

namespace openimds::imds {

// What IMDS calls itself: MSAL tells IMDS from other servers by the prefix.
inline constexpr std::string_view kServer = "IMDS/" OPENIMDS_VERSION " (OpenIMDS)";

// 200 in the shape and key order of protocol.md A.5: one line, every value a string. Rendered once
// for a token; only `expires_in` is written anew.
http::Response RenderToken(const std::shared_ptr<const CachedToken>& token, Time now);

// A refusal in IMDS's words (protocol.md A.6, field-cases.md section 0). Every status that
// a client gives up on (400) is final; what may pass is 429, 500 or 503.
http::Response RenderError(const Error& error);

// Before any handler: no such path, another method, bytes that were no request.
http::Response RenderRefusal(int status, const Error& error, const http::Request* request);

// REQUIRES: `fault` is not kNone.
http::Response RenderFault(FaultProfile fault);

}  // namespace openimds::imds
