// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/endpoint.h"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "frontends/arm/bearer.h"
#include "frontends/arm/long_running.h"
#include "frontends/arm/perform.h"
#include "http/form.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

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
  TRY(Answer answer, Perform(at_, call));
  return at_.long_running ? at_.long_running->Present(*call, std::move(answer)) : answer;
}

}  // namespace openimds::arm
