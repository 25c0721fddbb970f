// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/token_endpoint.h"

#include <memory>

#include "base/reasons.h"
#include "broker/answer_question.h"
#include "frontends/imds/api_version.h"
#include "frontends/imds/token_request.h"
#include "frontends/imds/token_response.h"
#include "http/caller_guard.h"

namespace openimds::imds {
namespace {

// Before anything about identities is looked at.
Result<void> CheckCaller(const http::Request& request) {
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
  if (door->fault != FaultProfile::kNone) {
    broker_.AuditRefusal(*door, request.peer, {}, reasons::kFaultProfile);
    return RenderFault(door->fault);
  }

  auto question = ParseTokenRequest(request.query);
  if (!question) return refuse(question.error());
  return AnswerQuestion(broker_, clock_, door, request.peer, *question, {RenderToken, RenderError});
}

http::Reply TokenEndpoint::HandleInfo(const http::Request& request) const {
  const std::shared_ptr<const Door>& door = door_.Read();
  if (auto caller = CheckCaller(request); !caller) return RenderError(caller.error());
  if (door->fault != FaultProfile::kNone) return RenderFault(door->fault);
  http::Form form;
  if (auto added = form.Add(request.query); !added) return RenderError(added.error());
  if (auto version = CheckApiVersion(form); !version) return RenderError(version.error());
  const auto machine = broker_.FindMachine(*door, request.peer, Throttle::Category::kIdentity);
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
