// SPDX-License-Identifier: Apache-2.0
#include "frontends/vm_extension/token_endpoint.h"

#include <memory>

#include "base/reasons.h"
#include "broker/answer_question.h"
#include "frontends/vm_extension/caller.h"
#include "frontends/vm_extension/token_request.h"
#include "frontends/vm_extension/token_response.h"

namespace openimds::vm_extension {

http::Reply TokenEndpoint::HandleToken(const http::Request& request) const {
  const std::shared_ptr<const Door>& door = door_.Read();
  const auto refuse = [&](const Error& error) {
    broker_.AuditRefusal(*door, request.peer, {}, error.reason);
    return RenderError(error);
  };
  if (auto caller = CheckCaller(request); !caller) return refuse(caller.error());
  if (door->fault != FaultProfile::kNone) {
    broker_.AuditRefusal(*door, request.peer, {}, reasons::kFaultProfile);
    return RenderFault(door->fault);
  }

  auto question = ParseTokenRequest(request.query, request.method == "POST" ? request.body : "");
  if (!question) return refuse(question.error());
  return AnswerQuestion(broker_, clock_, door, request.peer, *question, {RenderToken, RenderError});
}

}  // namespace openimds::vm_extension
