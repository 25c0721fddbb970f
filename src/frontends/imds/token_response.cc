// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/token_response.h"

#include <string>

#include "base/reasons.h"
#include "base/text.h"
#include "broker/flat_answer.h"
#include "frontends/imds/api_version.h"
#include "frontends/imds/load_balancer_response.h"

namespace openimds::imds {
namespace {

TokenText MakeTokenText(const CachedToken& cached) {
  const AccessToken& token = cached.token();
  const std::int64_t not_before = ToUnixSeconds(token.not_before);
  const std::int64_t expires_on = ToUnixSeconds(token.expires_on);
  TokenText text;
  text.before =
      Secret("{\"access_token\":" + JsonQuoted(token.value.RevealSecret()) + ",\"client_id\":\"" +
             cached.client_id().ToString() + "\",\"expires_in\":\"");
  // ext_expires_in, how long a token may be used while the authority is down, is its whole life.
  text.after = "\",\"expires_on\":\"" + std::to_string(expires_on) + "\",\"ext_expires_in\":\"" +
               std::to_string(expires_on - not_before) + "\",\"not_before\":\"" +
               std::to_string(not_before) + "\",\"resource\":" + JsonQuoted(cached.resource()) +
               ",\"token_type\":\"Bearer\"}";
  return text;
}

http::Response Signed(http::Response response) {
  response.server = kServer;
  return response;
}

http::Response AnswerError(int status, std::string_view code, std::string_view description) {
  return Signed(RenderFlatError(status, code, description));
}

http::Response Answer(int status, std::string_view body) {
  return Signed(http::Response::Json(status, std::string(body)));
}

// Paths that IMDS itself is responsible for; the rest belongs to the host's wire server.
bool IsUnderMetadata(std::string_view path) {
  constexpr std::string_view kRoot = "/metadata";
  return StartsWithIgnoringCase(path, kRoot) &&
         (path.size() == kRoot.size() || path[kRoot.size()] == '/');
}

http::Response RenderWireServerNotFound() {
  http::Response response;
  response.status = 404;
  response.content_type = "text/xml; charset=utf-8";
  response.server = "OpenIMDS";
  response.body = std::string(
      "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>ResourceNotFound</Code>"
      "<Message>The specified resource does not exist.</Message>"
      "<Details>'' isn't a valid resource name.</Details></Error>");
  return response;
}

http::Response RenderNotFound(std::string_view path) {
  if (!IsUnderMetadata(path)) return RenderWireServerNotFound();
  const bool identity = path.find("/identity/") != std::string_view::npos;
  return Answer(404, identity ? R"({"error":"Not Found"})" : R"({ "error": "Not found" })");
}

}  // namespace

http::Response RenderToken(const std::shared_ptr<const CachedToken>& token, Time now) {
  const auto& text =
      token->Rendering<TokenText>(RenderingSlot::kImds, [&] { return MakeTokenText(*token); });
  return Signed(RenderTokenText(token, text, now));
}

http::Response RenderError(const Error& error) {
  if (error.reason == reasons::kApiVersionUnknown) {
    return Answer(400, UnknownVersionBody());
  }
  switch (error.kind) {
    case ErrorKind::kInvalidRequest:
    case ErrorKind::kUnauthorized:
    case ErrorKind::kForbidden:
    case ErrorKind::kNotFound:
    case ErrorKind::kConflict: {
      return AnswerError(400, RefusalCode(error), DescribeInAzuresWords(error));
    }
    case ErrorKind::kThrottled:
      return AskLater(AnswerError(429, "invalid_request", kThrottledText), error.retry_after);
    case ErrorKind::kUnavailable:
      return AskLater(AnswerError(503, "service_unavailable", DescribeInAzuresWords(error)),
                      error.retry_after);
    case ErrorKind::kInternal:
      return AnswerError(500, "unknown", kUpstreamFailedText);
  }
  return AnswerError(500, "unknown", kUpstreamFailedText);
}

http::Response RenderRefusal(int status, const Error& error, const http::Request* request) {
  const bool unknown = status == 404 || status == 405;
  if (unknown && request && IsLoadBalancerPath(request->path)) {
    return RenderLoadBalancerRefusal(status, *request);
  }
  if (status == 404 && request) return RenderNotFound(request->path);
  if (status == 405) return AnswerError(405, "method_not_allowed", error.message);
  if (status == 500) return AnswerError(500, "unknown", kUpstreamFailedText);
  return AnswerError(status, "invalid_request", error.message);
}

http::Response RenderFault(FaultProfile fault) {
  switch (fault) {
    case FaultProfile::kNone:
      break;
    case FaultProfile::kUpdating404:
      return Answer(404, R"({"error":"Not Found"})");
    case FaultProfile::kUpdating410:
      return Answer(410, R"({"error":"Gone"})");
    case FaultProfile::kUpstreamDown:
      break;
    case FaultProfile::kThrottled:
      return AskLater(AnswerError(429, "invalid_request", kThrottledText), std::chrono::seconds{1});
  }
  return AnswerError(500, "unknown", kUpstreamFailedText);
}

}  // namespace openimds::imds
