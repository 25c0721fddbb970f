// SPDX-License-Identifier: Apache-2.0
#include "frontends/control/wire.h"

#include <mutex>
#include <set>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/reasons.h"
#include "http/error_status.h"

namespace openimds::control {
namespace {

namespace json = boost::json;

constexpr ErrorKind kKinds[] = {ErrorKind::kInvalidRequest, ErrorKind::kUnauthorized,
                                ErrorKind::kForbidden,      ErrorKind::kNotFound,
                                ErrorKind::kConflict,       ErrorKind::kThrottled,
                                ErrorKind::kUnavailable,    ErrorKind::kInternal};

ErrorKind KindOf(int status) {
  for (const ErrorKind kind : kKinds) {
    if (http::StatusOf(kind) == status) return kind;
  }
  return ErrorKind::kUnavailable;
}

// A reason is a view of static storage; what came over the wire has to become that. The other end
// knows a few dozen of them, so the set stays small.
std::string_view Kept(std::string_view reason) {
  static std::mutex mutex;
  static std::set<std::string, std::less<>> reasons;
  std::lock_guard lock(mutex);
  return *reasons.emplace(reason).first;
}

const json::string* FindText(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value ? value->if_string() : nullptr;
}

}  // namespace

std::string RenderError(const Error& error) {
  return json::serialize(
      json::object{{"error", json::object{{"code", error.reason}, {"message", error.message}}}});
}

Error ReadError(int status, std::string_view body) {
  json::error_code failure;
  const json::value value = json::parse(json::string_view(body.data(), body.size()), failure);
  const json::object* document = failure ? nullptr : value.if_object();
  const json::value* member = document ? document->if_contains("error") : nullptr;
  const json::object* error = member ? member->if_object() : nullptr;
  const json::string* code = error ? FindText(*error, "code") : nullptr;
  const json::string* message = error ? FindText(*error, "message") : nullptr;
  if (!code || !message) {
    return {ErrorKind::kUnavailable, reasons::kNoService,
            "expected an answer of the service, got HTTP status " + std::to_string(status)};
  }
  return {KindOf(status), Kept(*code), std::string(*message)};
}

}  // namespace openimds::control
