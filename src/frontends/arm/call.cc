// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/call.h"

#include <algorithm>

#include <boost/json/parse.hpp>

#include "base/guid.h"
#include "base/reasons.h"
#include "base/text.h"
#include "frontends/arm/answer.h"
#include "http/form.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

std::optional<std::string> CopyOf(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  return std::string(*text);
}

// `2020-06-01`, `2022-01-31-preview`. Which ones there are we do not ask: a client's newest one
// must work.
bool IsApiVersion(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-dd";
  if (text.size() < kShape.size()) return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == 'd' ? !digit : text[i] != '-') return false;
  }
  const std::string_view rest = text.substr(kShape.size());
  return rest.empty() || (rest.size() > 1 && rest.size() <= 20 && rest.front() == '-' &&
                          std::all_of(rest.begin() + 1, rest.end(), [](char c) {
                            return ToLowerAscii(c) >= 'a' && ToLowerAscii(c) <= 'z';
                          }));
}

Result<void> CheckApiVersion(const Call& call) {
  const std::string_view version = call.Query("api-version");
  if (version.empty()) {
    return Refuse(ErrorKind::kInvalidRequest, reasons::kApiVersionMissing,
                  "MissingApiVersionParameter",
                  "The api-version query parameter (?api-version=) is required for all requests.");
  }
  if (IsApiVersion(version)) return {};
  return Refuse(ErrorKind::kInvalidRequest, reasons::kApiVersionUnknown,
                "InvalidApiVersionParameter",
                "The api-version '" + std::string(version.substr(0, 60)) +
                    "' is invalid. Expected a date such as 2020-06-01, or one with -preview.");
}

}  // namespace

Received Keep(const http::Request& request) {
  Received kept;
  kept.method = request.method;
  kept.path = request.path;
  kept.query = request.query;
  kept.body = request.body;
  kept.host = request.FindHeader("Host").value_or("");
  if (const auto header = request.FindHeader("Authorization")) kept.authorization = Secret(*header);
  kept.if_match = CopyOf(request.FindHeader("If-Match"));
  kept.if_none_match = CopyOf(request.FindHeader("If-None-Match"));
  const auto wanted = request.FindHeader("x-ms-return-client-request-id");
  const auto id = request.FindHeader("x-ms-client-request-id");
  // Only what is a GUID goes back: what we answer holds nothing that a stranger worded.
  if (wanted && EqualsIgnoringCase(*wanted, "true") && id && Guid::Parse(*id)) {
    kept.client_request_id = CopyOf(id);
  }
  kept.peer = request.peer;
  return kept;
}

std::string_view Call::Query(std::string_view name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string_view{} : found->second;
}

Result<Call> ReadCall(const Received& received) {
  Call call;
  call.method = received.method;
  for (const std::string_view segment : Split(received.path, '/')) {
    if (!segment.empty()) call.segments.emplace_back(segment);
  }
  http::Form form;
  if (auto added = form.Add(received.query); !added) {
    return Refuse(ErrorKind::kInvalidRequest, added.error().reason, "InvalidQueryParameter",
                  added.error().message);
  }
  for (const http::Parameter& one : form.all()) {
    call.query.emplace(LowerAscii(one.name), one.value);
  }
  TRY_VOID(CheckApiVersion(call));
  call.if_match = received.if_match;
  call.if_none_match = received.if_none_match;
  call.base_url = "https://" + received.host;
  call.text = received.body;
  call.peer = received.peer.ToString();
  return call;
}

Result<json::object> ReadBody(std::string_view text) {
  if (text.empty()) return json::object{};
  json::parse_options options;
  options.max_depth = kMaxBodyDepth;
  json::error_code failure;
  json::value body = json::parse(text, failure, {}, options);
  if (failure) {
    return BadContent("The request content was invalid and could not be deserialized: '" +
                      failure.message() + "'.");
  }
  if (body.is_object()) return std::move(body.get_object());
  return BadContent("The request content was invalid: expected a JSON object.");
}

void DropNulls(json::value* value) {
  if (json::array* array = value->if_array()) {
    for (json::value& element : *array) DropNulls(&element);
  }
  json::object* object = value->if_object();
  if (!object) return;
  std::vector<std::string> nulls;
  for (auto& [name, member] : *object) {
    if (member.is_null()) {
      nulls.emplace_back(name);
    } else {
      DropNulls(&member);
    }
  }
  for (const std::string& name : nulls) object->stable_erase(name);
}

}  // namespace openimds::arm
