// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "broker/token_question.h"
#include "http/outbound.h"

// From the old endpoint's question to IMDS's, and from IMDS's answer back (protocol.md A and B).
// Pure.
namespace openimds::extension {

// Path and query of the request to IMDS.
std::string ImdsTarget(const TokenQuestion& question);

// What the old endpoint promises, as IMDS said it: each value is text.
struct BridgedToken {
  Secret access_token;
  std::string expires_in;
  std::string expires_on;
  std::string not_before;
  std::string resource;
  std::string token_type;
};

// Fails with kUpstreamRefused (kInvalidRequest; IMDS's own words in `code` and message),
// kUpstreamThrottled (kThrottled: 429), kUpstreamTrouble (kUnavailable: 404 and 410, with which
// IMDS says that it is being updated, and 5xx) and kUpstreamNonsense (kUnavailable: anything else).
// A body that is no answer of IMDS is never quoted.
Result<BridgedToken> ReadImdsAnswer(const http::OutboundResponse& response,
                                    std::string_view resource);

}  // namespace openimds::extension
