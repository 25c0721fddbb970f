// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/answer.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/reasons.h"
#include "http/error_status.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

// What the registry and the server refuse has no code of its own.
std::string CodeOf(const Error& error) {
  if (!error.code.empty()) return error.code;
  if (error.reason == reasons::kNoSuchPath) return "InvalidRequestUri";
  if (error.reason == reasons::kLimitReached) return "OperationNotAllowed";
  if (error.reason.starts_with("template.")) return "InvalidTemplate";
  switch (error.kind) {
    case ErrorKind::kInvalidRequest:
      return "BadRequest";
    case ErrorKind::kUnauthorized:
      return "AuthenticationFailed";
    case ErrorKind::kForbidden:
      return "AuthorizationFailed";
    case ErrorKind::kNotFound:
      return "ResourceNotFound";
    case ErrorKind::kConflict:
      return "Conflict";
    case ErrorKind::kThrottled:
      return "TooManyRequests";
    case ErrorKind::kUnavailable:
      return "ServerBusy";
    case ErrorKind::kInternal:
      return "InternalServerError";
  }
  return "InternalServerError";
}

// Every answer: nobody keeps it, and nobody takes it for something else.
void AddCommonHeaders(http::Response* response) {
  response->headers.emplace_back("Cache-Control", "no-cache");
  response->headers.emplace_back("Pragma", "no-cache");
  response->headers.emplace_back("Expires", "-1");
  response->headers.emplace_back("Strict-Transport-Security",
                                 "max-age=31536000; includeSubDomains");
  response->headers.emplace_back("X-Content-Type-Options", "nosniff");
}

}  // namespace

tl::unexpected<Error> Refuse(ErrorKind kind, std::string_view reason, std::string code,
                             std::string message) {
  return tl::unexpected<Error>(
      Error{kind, reason, std::move(message), std::chrono::seconds{0}, std::move(code)});
}

tl::unexpected<Error> BadContent(std::string message, std::string code) {
  return Refuse(ErrorKind::kInvalidRequest, reasons::kContentInvalid, std::move(code),
                std::move(message));
}

int StatusOf(const Error& error) {
  if (error.reason == reasons::kPreconditionFailed) return 412;
  return http::StatusOf(error.kind);
}

json::object ErrorObject(const Error& error) {
  const bool ours = error.kind == ErrorKind::kInternal;
  return {{"code", CodeOf(error)},
          {"message",
           ours ? std::string("Something went wrong inside; the log says what.") : error.message}};
}

std::string RenderError(const Error& error) {
  return json::serialize(json::object{{"error", ErrorObject(error)}});
}

http::Response ToResponse(const Answer& answer) {
  http::Response response;
  response.status = answer.status;
  if (!answer.body.is_null()) response.body = json::serialize(answer.body);
  response.headers = answer.headers;
  AddCommonHeaders(&response);
  return response;
}

http::Response ToResponse(const Error& error) {
  http::Response response = http::Response::Json(StatusOf(error), RenderError(error));
  if (error.kind == ErrorKind::kUnavailable || error.kind == ErrorKind::kThrottled) {
    response.headers.emplace_back("Retry-After", "1");
  }
  AddCommonHeaders(&response);
  return response;
}

}  // namespace openimds::arm
