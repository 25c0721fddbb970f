// SPDX-License-Identifier: Apache-2.0
#include "broker/answer_question.h"

#include <utility>
#include <variant>

namespace openimds {

http::Reply AnswerQuestion(TokenBroker& broker, const Clock& clock,
                           const std::shared_ptr<const Door>& door, const Peer& peer,
                           const TokenQuestion& question, const TokenWording& wording) {
  auto found = broker.Find(*door, peer, question);
  if (!found) return wording.error(found.error());
  if (const auto* token = std::get_if<TokenBroker::Token>(&*found)) {
    return wording.token(*token, clock.Now());
  }
  auto& pending = std::get<TokenBroker::Pending>(*found);
  return http::Awaited{[&broker, &clock, door, peer, wording,
                        pending = std::move(pending)](http::Responder respond) {
    broker.Fetch(
        door, peer, pending,
        [&clock, wording, respond = std::move(respond)](Result<TokenBroker::Token> token) {
          respond(token ? wording.token(*token, clock.Now()) : wording.error(token.error()));
        });
  }};
}

}  // namespace openimds
