// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "tokens/access_token.h"

namespace openimds {

// What came back from an authority's token endpoint.
struct TokenReply {
  int status = 0;
  std::string_view content_type;
  std::optional<std::chrono::seconds> retry_after;
  std::string_view body;
};

// What was asked, to hold the reply against.
struct ReplyExpectation {
  std::string_view resource;
  bool check_audience = true;
  Time now;
};

// Judges the reply strictly (attacks.md rows 46 and 48): JSON and nothing else, a bearer token with
// a lifetime, for the audience that was asked for and not expired, as far as the token itself says.
//
// Fails with kUpstreamThrottled (kThrottled: 429), kUpstreamTrouble (kUnavailable: 5xx, and errors
// that say they are temporary), kUpstreamRefused (kUnauthorized for 401, else kInvalidRequest; the
// authority's own words in `code` and message), kUpstreamNonsense (kUnavailable: everything else).
// A body that is no error object of OAuth is never quoted.
Result<AccessToken> ReadTokenReply(const TokenReply& reply, const ReplyExpectation& expected);

}  // namespace openimds
