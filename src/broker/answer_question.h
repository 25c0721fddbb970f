// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/clock.h"
#include "broker/token_broker.h"
#include "http/response.h"

namespace openimds {

// How a protocol words its answers.
struct TokenWording {
  http::Response (*token)(const std::shared_ptr<const CachedToken>& token, Time now);
  http::Response (*error)(const Error& error);
};

// The common end of every token endpoint: the answer at once if memory has it (and for every
// refusal), else one that waits for the token. `broker` and `clock` must outlive the reply.
http::Reply AnswerQuestion(TokenBroker& broker, const Clock& clock,
                           const std::shared_ptr<const Door>& door, const Peer& peer,
                           const TokenQuestion& question, const TokenWording& wording);

}  // namespace openimds
