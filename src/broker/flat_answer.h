// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "http/response.h"
#include "tokens/cached_token.h"

// Pieces that Azure's flat token protocols share: one JSON object on one line, every value a
// string, errors as `error` and `error_description`. What each of them puts in it is its own
// business.
namespace openimds {

// `text` as a JSON string, quotation marks included.
std::string JsonQuoted(std::string_view text);

// A token's answer, rendered once: everything but the digits of `expires_in`.
struct TokenText {
  Secret before;
  std::string after;
};

// The answer for `token` at `now`; `text` belongs to the token (CachedToken::Rendering).
http::Response RenderTokenText(const std::shared_ptr<const CachedToken>& token,
                               const TokenText& text, Time now);

http::Response RenderFlatError(int status, std::string_view code, std::string_view description);

// Adds `Retry-After`, at least a second.
http::Response AskLater(http::Response response, std::chrono::seconds after);

// Azure's own texts, for refusals that have one; else the error's message. An identity that is not
// there and a machine that is not known read the same.
std::string DescribeInAzuresWords(const Error& error);

// OAuth's word for a request that was refused: the authority's own, if it was one that refused.
std::string_view RefusalCode(const Error& error);

inline constexpr std::string_view kThrottledText = "Temporarily throttled, too many requests";
inline constexpr std::string_view kUpstreamFailedText =
    "Failed to retrieve token from the Active directory. For details see the audit log of the "
    "service";

}  // namespace openimds
