// SPDX-License-Identifier: Apache-2.0
#include "frontends/vm_extension/token_response.h"

#include <string>

#include "base/reasons.h"
#include "broker/flat_answer.h"

namespace openimds::vm_extension {
namespace {

TokenText MakeTokenText(const CachedToken& cached) {
  const AccessToken& token = cached.token();
  TokenText text;
  text.before = Secret("{\"access_token\":" + JsonQuoted(token.value.RevealSecret()) +
                       ",\"refresh_token\":\"\",\"expires_in\":\"");
  text.after = "\",\"expires_on\":\"" + std::to_string(ToUnixSeconds(token.expires_on)) +
               "\",\"not_before\":\"" + std::to_string(ToUnixSeconds(token.not_before)) +
               "\",\"resource\":" + JsonQuoted(cached.resource()) + ",\"token_type\":\"Bearer\"}";
  return text;
}

std::string_view CodeOf(const Error& error) {
  if (error.reason == reasons::kMetadataHeader) return "bad_request_102";
  return RefusalCode(error);
}

// The extension spoke to an older Azure AD, which numbered this error differently (B.4).
std::string DescriptionOf(const Error& error) {
  constexpr std::string_view kNewer = "AADSTS500011: The resource principal named";
  if (error.message.compare(0, kNewer.size(), kNewer) == 0) {
    return "AADSTS50001: The application named" + error.message.substr(kNewer.size());
  }
  return DescribeInAzuresWords(error);
}

}  // namespace

http::Response RenderToken(const std::shared_ptr<const CachedToken>& token, Time now) {
  const auto& text = token->Rendering<TokenText>(RenderingSlot::kVmExtension,
                                                 [&] { return MakeTokenText(*token); });
  return RenderTokenText(token, text, now);
}

http::Response RenderToken(const TokenFields& token) {
  return http::Response::Json(
      200, "{\"access_token\":" + JsonQuoted(token.access_token) +
               ",\"refresh_token\":\"\",\"expires_in\":" + JsonQuoted(token.expires_in) +
               ",\"expires_on\":" + JsonQuoted(token.expires_on) + ",\"not_before\":" +
               JsonQuoted(token.not_before) + ",\"resource\":" + JsonQuoted(token.resource) +
               ",\"token_type\":" + JsonQuoted(token.token_type) + "}");
}

http::Response RenderError(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalidRequest:
    case ErrorKind::kUnauthorized:
    case ErrorKind::kNotFound:
    case ErrorKind::kConflict:
      return RenderFlatError(400, CodeOf(error), DescriptionOf(error));
    case ErrorKind::kForbidden:
      if (error.reason == reasons::kNotLoopback) {
        return RenderFlatError(403, "unauthorized_client", error.message);
      }
      return RenderFlatError(400, CodeOf(error), DescriptionOf(error));
    case ErrorKind::kThrottled:
      return AskLater(RenderFlatError(429, "invalid_request", kThrottledText), error.retry_after);
    case ErrorKind::kUnavailable:
      return AskLater(RenderFlatError(503, "service_unavailable", DescribeInAzuresWords(error)),
                      error.retry_after);
    case ErrorKind::kInternal:
      return RenderFlatError(500, "unknown", kUpstreamFailedText);
  }
  return RenderFlatError(500, "unknown", kUpstreamFailedText);
}

http::Response RenderRefusal(int status, const Error& error, const http::Request* request) {
  if (status == 404 && request) {
    return RenderFlatError(401, "unknown_source", "Unknown Source " + std::string(request->path));
  }
  if (status == 405) return RenderFlatError(405, "method_not_allowed", error.message);
  if (status == 500) return RenderFlatError(500, "unknown", kUpstreamFailedText);
  return RenderFlatError(status, "invalid_request", error.message);
}

http::Response RenderFault(FaultProfile fault) {
  switch (fault) {
    case FaultProfile::kNone:
      break;
    case FaultProfile::kUpdating404:
      return RenderFlatError(404, "not_found", "the service is being updated");
    case FaultProfile::kUpdating410:
      return RenderFlatError(410, "gone", "the service is being updated");
    case FaultProfile::kUpstreamDown:
      break;
    case FaultProfile::kThrottled:
      return RenderError({ErrorKind::kThrottled, reasons::kBusy, "", std::chrono::seconds{1}});
  }
  return RenderFlatError(500, "unknown", kUpstreamFailedText);
}

}  // namespace openimds::vm_extension
