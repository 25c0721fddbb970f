// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/endpoint.h"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "frontends/arm/bearer.h"
#include "frontends/arm/resource.h"
#include "http/form.h"
#include "registry/roles.h"
#include "telemetry/events.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

bool Changes(const Call& call) { return call.method != "GET" && call.method != "HEAD"; }

// What a cloud of the list has for tools that ask once and remember.
json::object CloudEntry(const std::string& url) {
  return {{"name", "OpenIMDS"},
          {"portal", url + "/"},
          {"authentication", json::object{{"loginEndpoint", url + "/adfs"},
                                          {"audiences", json::array{json::value(url + "/")}},
                                          {"tenant", "adfs"},
                                          {"identityProvider", "ADFS"}}},
          {"media", url + "/"},
          {"graphAudience", url + "/"},
          {"graph", url + "/"},
          {"suffixes", json::object{}},
          {"batch", url + "/"},
          {"resourceManager", url + "/"},
          {"gallery", url + "/"}};
}

json::object OldDiscovery(const std::string& url) {
  return {{"galleryEndpoint", url + "/"},
          {"graphEndpoint", url + "/"},
          {"portalEndpoint", url + "/"},
          {"authentication", json::object{{"loginEndpoint", url + "/adfs"},
                                          {"audiences", json::array{json::value(url + "/")}}}}};
}

}  // namespace

http::Reply Endpoint::HandleDiscovery(const http::Request& request) const {
  const std::string url = "https://" + std::string(request.FindHeader("Host").value_or(""));
  http::Form form;
  const auto read = form.Add(request.query);
  const auto version = read ? form.Find("api-version").value_or("") : "";
  if (version.substr(0, 4) == "2015") return ToResponse(Answer{200, OldDiscovery(url)});
  if (!version.empty()) return ToResponse(Answer{200, json::array{CloudEntry(url)}});
  const auto refusal =
      Refuse(ErrorKind::kInvalidRequest, reasons::kApiVersionMissing, "MissingApiVersionParameter",
             "The api-version query parameter (?api-version=) is required for all requests.");
  return ToResponse(refusal.value());
}

http::Reply Endpoint::Handle(const http::Request& request) const {
  auto received = std::make_shared<const Received>(Keep(request));
  const Error busy{ErrorKind::kUnavailable, reasons::kBusy, "Too much to do; try again."};
  return http::Deferred{[this, received] { return Respond(*received); }, ToResponse(busy)};
}

http::Response Endpoint::Respond(const Received& received) const {
  Call call;
  call.base_url = "https://" + received.host;
  const auto answer = Decide(received, &call);
  http::Response response = answer ? ToResponse(*answer) : ToResponse(answer.error());
  if (response.status == 401) {
    response.headers.emplace_back("WWW-Authenticate", Challenge(call.base_url, answer.error()));
  }
  if (received.client_request_id) {
    response.headers.emplace_back("x-ms-client-request-id", *received.client_request_id);
  }
  return response;
}

Result<Answer> Endpoint::Decide(const Received& received, Call* call) const {
  // Who it is comes first: to a stranger, nothing tells what is here.
  TRY(const auto caller, Identify(received.authorization, call->base_url, at_.authority,
                                  *at_.registry.Read(), at_.clock.Now()));
  TRY(*call, ReadCall(received));
  call->caller = caller;
  TRY(const Route* route, FindRoute(Routes(), call));
  const std::string before = Changes(*call) ? DigestOf(*call) : std::string();
  auto answer = [&]() -> Result<Answer> {
    TRY_VOID(Authorize(*route, *call));
    TRY(call->body, ReadBody(received.body));
    return route->handle(at_, *call);
  }();
  if (Changes(*call)) at_.extensions.EndOthers(at_.registry);
  Audit(received, *call, answer, before);
  return answer;
}

Result<void> Endpoint::Authorize(const Route& route, const Call& call) const {
  if (route.rule == Rule::kAnyPrincipal) return {};
  return RequireAction(*at_.registry.Read(), call, call.action, call.scope);
}

std::string Endpoint::DigestOf(const Call& call) const {
  const auto id = ResourceId::Parse(call.target);
  if (!id) return {};
  const auto document = RenderResource({*at_.registry.Read(), at_.extensions}, *id);
  return document ? ETagOf(*document) : std::string();
}

void Endpoint::Audit(const Received& received, const Call& call, const Result<Answer>& answer,
                     const std::string& before) const {
  const bool forbidden = !answer && answer.error().kind == ErrorKind::kForbidden;
  if (!Changes(call) && !forbidden) return;
  const std::string after = answer ? DigestOf(call) : before;
  const std::string who = call.caller->id.text();
  const std::string oid = call.caller->principal_id.ToString();
  const std::string peer = received.peer.ToString();
  at_.log.Write(answer ? LogLevel::kInfo : LogLevel::kWarn,
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
                 {"peer", peer}});
}

}  // namespace openimds::arm
