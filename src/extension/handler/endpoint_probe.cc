// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/endpoint_probe.h"

#include <chrono>

#include <boost/json/object.hpp>

#include "crypto/json_object.h"
#include "http/direct_client.h"

namespace openimds::extension {
namespace {

namespace json = boost::json;

constexpr std::string_view kForeignPath = "/";  // 401 `unknown_source`, from this protocol alone

Result<http::OutboundResponse> AskLocalhost(std::uint16_t port, std::string_view target,
                                            std::chrono::seconds limit) {
  TRY(const auto client, http::DirectClient::Make({.total_timeout = limit}));
  http::OutboundRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(port) + std::string(target);
  request.headers = {{"Metadata", "true"}};
  return client->Send(request);
}

std::string ErrorDetail(int status, const json::object& body) {
  const std::string code(TextOf(body, "error"));
  const std::string_view description = TextOf(body, "error_description");
  return "HTTP " + std::to_string(status) + (code.empty() ? "" : " " + code) +
         (description.empty() ? "" : ": " + std::string(description));
}

EndpointProbe AskAt(std::uint16_t port, std::string_view target) {
  const auto response = AskLocalhost(port, target, std::chrono::seconds{30});
  if (!response) return {EndpointAnswer::kSilent, response.error().message};
  return JudgeAnswer(response->status, response->body.RevealSecret());
}

}  // namespace

EndpointProbe JudgeAnswer(int status, std::string_view body) {
  const auto parsed = ParseJsonObject(body);
  if (!parsed) return {EndpointAnswer::kSilent, "something else answers on the port"};
  if (status == 200 && !TextOf(*parsed, "access_token").empty()) {
    return {EndpointAnswer::kToken, "a token was issued"};
  }
  if (TextOf(*parsed, "error").empty()) {
    return {EndpointAnswer::kSilent, "something else answers on the port"};
  }
  const bool later = status == 404 || status == 410 || status == 429 || status >= 500;
  return {later ? EndpointAnswer::kLater : EndpointAnswer::kRefused, ErrorDetail(status, *parsed)};
}

EndpointProbe AskForToken(const AppliedSettings& applied) {
  if (applied.token_target.empty()) {
    return IsEndpointUp(applied.port) ? EndpointProbe{EndpointAnswer::kToken, "it answers"}
                                      : EndpointProbe{EndpointAnswer::kSilent, "nobody answers"};
  }
  EndpointProbe probe = AskAt(applied.port, applied.token_target);
  if (applied.bridge && probe.answer == EndpointAnswer::kRefused) {
    probe.answer = EndpointAnswer::kNoDefault;
  }
  return probe;
}

bool IsEndpointUp(std::uint16_t port) {
  const auto response = AskLocalhost(port, kForeignPath, std::chrono::seconds{5});
  return response && response->status == 401 &&
         response->body.RevealSecret().find("unknown_source") != std::string_view::npos;
}

HandlerStatus StatusOf(const EndpointProbe& probe, const AppliedSettings& applied) {
  const std::string where = "localhost:" + std::to_string(applied.port);
  HandlerStatus status;
  status.operation = "Enable";
  status.parts = applied.parts;
  switch (probe.answer) {
    case EndpointAnswer::kToken:
      status.kind = StatusKind::kSuccess;
      status.message = "tokens are served on " + where;
      break;
    case EndpointAnswer::kNoDefault:
      status.kind = StatusKind::kSuccess;
      status.message = "requests are passed on from " + where;
      status.parts.push_back({"default identity", StatusKind::kWarning,
                              "a request that names no identity is refused: " + probe.detail});
      break;
    case EndpointAnswer::kRefused:
      status.kind = StatusKind::kError;
      status.code = 1;
      status.message = "the endpoint on " + where + " gets no token: " + probe.detail;
      break;
    case EndpointAnswer::kLater:
      status.message =
          "the endpoint on " + where + " has no token yet and goes on trying: " + probe.detail;
      break;
    case EndpointAnswer::kSilent:
      status.message = "waiting for the endpoint on " + where + ": " + probe.detail;
      break;
  }
  return status;
}

}  // namespace openimds::extension
