// SPDX-License-Identifier: Apache-2.0
#include "frontends/vm_extension/token_endpoint.h"

#include <memory>
#include <utility>

#include "base/reasons.h"
#include "frontends/vm_extension/token_request.h"
#include "frontends/vm_extension/token_response.h"
#include "http/caller_guard.h"

namespace openimds::vm_extension {
namespace {

Result<void> CheckCaller(const http::Request& request) {
  const Peer& peer = request.peer;
  if (peer.address && !peer.address->is_loopback()) {
    return Fail(ErrorKind::kForbidden, reasons::kNotLoopback,
                "this endpoint serves callers on its own machine only");
  }
  TRY_VOID(http::CheckDirectCaller(request));
  return http::CheckMetadataHeader(request);
}

}  // namespace

http::Reply TokenEndpoint::HandleToken(const http::Request& request) const {
  const std::shared_ptr<const Door>& door = door_.Read();
  const auto refuse = [&](const Error& error) {
    broker_.AuditRefusal(*door, request.peer, {}, error.reason);
    return RenderError(error);
  };
  if (auto caller = CheckCaller(request); !caller) return refuse(caller.error());
  if (door->fault != FaultProfile::kNone) return RenderFault(door->fault);

  auto question = ParseTokenRequest(request.query, request.method == "POST" ? request.body : "");
  if (!question) return refuse(question.error());
  auto found = broker_.Find(*door, request.peer, *question);
  if (!found) return RenderError(found.error());
  if (const auto* token = std::get_if<TokenBroker::Token>(&*found)) {
    return RenderToken(*token, clock_.Now());
  }
  auto& pending = std::get<TokenBroker::Pending>(*found);
  return http::Deferred{[this, door, peer = request.peer, pending = std::move(pending)] {
                          const auto token = broker_.Fetch(*door, peer, pending);
                          return token ? RenderToken(*token, clock_.Now())
                                       : RenderError(token.error());
                        },
                        RenderError({ErrorKind::kUnavailable, reasons::kBusy, "the service is busy",
                                     std::chrono::seconds{1}})};
}

}  // namespace openimds::vm_extension
