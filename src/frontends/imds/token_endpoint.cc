// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/token_endpoint.h"

#include <memory>
#include <utility>

#include "base/reasons.h"
#include "frontends/imds/api_version.h"
#include "frontends/imds/token_request.h"
#include "frontends/imds/token_response.h"
#include "http/caller_guard.h"
#include "telemetry/events.h"

namespace openimds::imds {

Result<void> TokenEndpoint::CheckCaller(const Door& door, const http::Request& request) const {
  if (auto direct = http::CheckDirectCaller(request); !direct) {
    broker_.AuditRefusal(door, request.peer, {}, direct.error().reason);
    return direct;
  }
  auto header = http::CheckMetadataHeader(request);
  // SDKs probe without the header on purpose: not an event anybody wants to be woken by.
  if (!header && log_.Enabled(LogLevel::kDebug)) {
    const std::string peer = request.peer.ToString();
    log_.Write(LogLevel::kDebug, events::kTokenRefused,
               {{"protocol", door.protocol}, {"peer", peer}, {"reason", header.error().reason}});
  }
  return header;
}

http::Reply TokenEndpoint::HandleToken(const http::Request& request) const {
  const std::shared_ptr<const Door>& door = door_.Read();
  if (auto caller = CheckCaller(*door, request); !caller) return RenderError(caller.error());
  if (door->fault != FaultProfile::kNone) return RenderFault(door->fault);

  auto question = ParseTokenRequest(request.query);
  if (!question) {
    broker_.AuditRefusal(*door, request.peer, {}, question.error().reason);
    return RenderError(question.error());
  }
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

http::Reply TokenEndpoint::HandleInfo(const http::Request& request) const {
  const std::shared_ptr<const Door>& door = door_.Read();
  if (auto caller = CheckCaller(*door, request); !caller) return RenderError(caller.error());
  if (door->fault != FaultProfile::kNone) return RenderFault(door->fault);
  http::Form form;
  if (auto added = form.Add(request.query); !added) return RenderError(added.error());
  if (auto version = CheckApiVersion(form); !version) return RenderError(version.error());
  const auto machine = broker_.FindMachine(*door, request.peer);
  if (!machine) return RenderError(machine.error());
  const Snapshot& snapshot = broker_.snapshot();
  const ResourceId& id = (*machine)->machine->id;
  const auto subscription =
      snapshot.subscriptions.find(ResourceId::ForSubscription(id.subscription())->key());
  if (subscription == snapshot.subscriptions.end()) {
    return RenderError(
        {ErrorKind::kInternal, reasons::kTenantUnknown, "the machine has no tenant"});
  }
  http::Response response = http::Response::Json(
      200, "{\"tenantId\":\"" + subscription->second.tenant_id.ToString() + "\"}");
  response.server = kServer;
  return response;
}

}  // namespace openimds::imds
