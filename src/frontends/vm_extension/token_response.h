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

namespace openimds::vm_extension {

// 200 in the shape of protocol.md B.3 and of the specification's sample: one line, all strings,
// `refresh_token` empty.
http::Response RenderToken(const std::shared_ptr<const CachedToken>& token, Time now);

// The same for a token that somebody else rendered: text as it stands, each value without quotes.
struct TokenFields {
  std::string_view access_token;
  std::string_view expires_in;
  std::string_view expires_on;
  std::string_view not_before;
  std::string_view resource;
  std::string_view token_type;
};
http::Response RenderToken(const TokenFields& token);

// A refusal in the extension's words (protocol.md B.4).
http::Response RenderError(const Error& error);

// Before any handler. Any other path is 401 `unknown_source`: the extension wanted its URL exact.
http::Response RenderRefusal(int status, const Error& error, const http::Request* request);

// REQUIRES: `fault` is not kNone.
http::Response RenderFault(FaultProfile fault);

}  // namespace openimds::vm_extension
