// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/instance_response.h"

#include <chrono>
#include <string>
#include <utility>

#include "base/reasons.h"
#include "broker/flat_answer.h"
#include "frontends/imds/api_version.h"
#include "frontends/imds/instance_document.h"
#include "frontends/imds/token_response.h"

namespace openimds::imds {
namespace {

using Format = InstanceQuestion::Format;

constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kNotFoundBody = R"({ "error": "Not found" })";

http::Response Answer(int status, std::string_view body) {
  http::Response response = http::Response::Json(status, std::string(body));
  response.server = kServer;
  return response;
}

http::Response AnswerError(int status, const std::string& text) {
  return Answer(status, "{\"error\":" + JsonQuoted(text) + "}");
}

// A piece of what `owner` holds.
http::Response AnswerPiece(std::shared_ptr<const void> owner, std::string_view piece) {
  http::PreparedBody body;
  body.owner = std::move(owner);
  body.before = piece;
  http::Response response;
  response.body = std::move(body);
  response.server = kServer;
  return response;
}

http::Response AsText(http::Response response) {
  response.content_type = kText;
  return response;
}

}  // namespace

http::Response RenderInstance(const std::shared_ptr<const MachineEntry>& entry,
                              const InstanceQuestion& question) {
  const InstanceDocument& document = InstanceDocumentOf(*entry, question.version);
  const InstanceDocument::Part* part = document.Find(question.path);
  if (!part) {
    return RenderInstanceError({ErrorKind::kNotFound, reasons::kNoSuchElement, "no such element"});
  }
  if (question.format == Format::kText) {
    return AsText(part->is_leaf() ? AnswerPiece(entry, document.TextOf(*part))
                                  : Answer(200, document.ListingOf(*part)));
  }
  if (part->is_leaf()) {
    return RenderInstanceError({ErrorKind::kInvalidRequest, reasons::kFormatInvalid,
                                "The requested element is a value and needs 'format=text'"});
  }
  return AnswerPiece(entry, document.JsonOf(*part));
}

http::Response RenderVersions() {
  std::string body = "{\"apiVersions\":[";
  for (const std::string_view version : ApiVersions()) {
    body.append(body.back() == '[' ? "\"" : ",\"").append(version).append("\"");
  }
  return Answer(200, body + "]}");
}

http::Response RenderInstanceError(const Error& error) {
  if (error.reason == reasons::kApiVersionUnknown || error.reason == reasons::kApiVersionMissing) {
    return Answer(400, UnknownVersionBody());
  }
  if (error.reason == reasons::kUnknownMachine) return Answer(404, kNotFoundBody);
  switch (error.kind) {
    case ErrorKind::kInvalidRequest:
    case ErrorKind::kUnauthorized:
    case ErrorKind::kForbidden:
    case ErrorKind::kConflict:
      return AnswerError(400, "Bad request. " + error.message);
    case ErrorKind::kNotFound:
      return Answer(404, kNotFoundBody);
    case ErrorKind::kThrottled:
      return AskLater(AnswerError(429, "Too many requests"), error.retry_after);
    case ErrorKind::kUnavailable:
      return AskLater(AnswerError(503, "Service unavailable"), error.retry_after);
    case ErrorKind::kInternal:
      return AnswerError(500, "Internal server error");
  }
  return AnswerError(500, "Internal server error");
}

http::Response RenderInstanceFault(FaultProfile fault) {
  switch (fault) {
    case FaultProfile::kNone:
    case FaultProfile::kUpstreamDown:
      break;
    case FaultProfile::kUpdating404:
      return Answer(404, kNotFoundBody);
    case FaultProfile::kUpdating410:
      return AnswerError(410, "Gone");
    case FaultProfile::kThrottled:
      return AskLater(AnswerError(429, "Too many requests"), std::chrono::seconds{1});
  }
  return AnswerError(500, "Internal server error");
}

}  // namespace openimds::imds
