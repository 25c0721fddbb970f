// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/perform.h"

#include "base/text.h"
#include "frontends/arm/resource.h"
#include "telemetry/events.h"

namespace openimds::arm {
namespace {

bool Changes(const Call& call) { return call.method != "GET" && call.method != "HEAD"; }

Result<void> Authorize(const Workplace& at, const Route& route, const Call& call) {
  if (route.rule == Rule::kAnyPrincipal) return {};
  return RequireAction(*at.registry.Read(), call, call.action, call.scope);
}

// A digest of the resource that the call is about; empty if there is none.
std::string DigestOf(const Workplace& at, const Call& call) {
  const auto id = ResourceId::Parse(call.target);
  if (!id) return {};
  const auto document = RenderResource({*at.registry.Read(), at.extensions}, *id);
  return document ? ETagOf(*document) : std::string();
}

void Audit(const Workplace& at, const Call& call, const Result<Answer>& answer,
           const std::string& before) {
  const bool forbidden = !answer && answer.error().kind == ErrorKind::kForbidden;
  if (!Changes(call) && !forbidden) return;
  const std::string after = answer ? DigestOf(at, call) : before;
  const std::string who = call.caller->id.text();
  const std::string oid = call.caller->principal_id.ToString();
  at.log.Write(answer ? LogLevel::kInfo : LogLevel::kWarn,
               answer ? events::kResourceChanged : events::kResourceRefused,
               {{"principal", who},
                {"oid", oid},
                {"method", call.method},
                {"resource", call.target},
                {"action", call.action},
                {"status", std::int64_t{answer ? answer->status : StatusOf(answer.error())}},
                {"outcome", answer ? std::string_view("done") : answer.error().reason},
                {"before", before},
                {"after", after},
                {"peer", call.peer}});
}

}  // namespace

Result<Answer> Perform(const Workplace& at, Call* call) {
  TRY(const Route* route, FindRoute(Routes(), call));
  const std::string before = Changes(*call) ? DigestOf(at, *call) : std::string();
  auto answer = [&]() -> Result<Answer> {
    TRY_VOID(Authorize(at, *route, *call));
    if (route->body == Body::kObject) {
      TRY(call->body, ReadBody(call->text));
    }
    return route->handle(at, *call);
  }();
  if (answer && Changes(*call)) at.extensions.EndOthers(*at.registry.Read());
  Audit(at, *call, answer, before);
  return answer;
}

Result<void> CheckMayPerform(const Workplace& at, Call* call) {
  TRY(const Route* route, FindRoute(Routes(), call));
  return Authorize(at, *route, *call);
}

Call CallOn(const Call& by, std::string_view method, std::string_view id,
            std::string_view api_version) {
  Call call;
  call.method = method;
  for (const std::string_view segment : Split(id, '/')) {
    if (!segment.empty()) call.segments.emplace_back(segment);
  }
  call.query.emplace("api-version", api_version);
  call.base_url = by.base_url;
  call.caller = by.caller;
  call.is_operator = by.is_operator;
  call.peer = by.peer;
  return call;
}

}  // namespace openimds::arm
