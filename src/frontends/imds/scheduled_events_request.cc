// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/scheduled_events_request.h"

#include <algorithm>
#include <array>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/json_object.h"
#include "http/form.h"

namespace openimds::imds {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 7> kVersions = {"2017-03-01", "2017-08-01", "2017-11-01",
                                                       "2019-01-01", "2019-04-01", "2019-08-01",
                                                       "2020-07-01"};

tl::unexpected<Error> BadBody(const std::string& what) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kStartRequestsInvalid, "Expected " + what);
}

Result<Guid> ParseStartRequest(const json::value& request) {
  const json::object* members = request.if_object();
  const auto text = members ? FindString(*members, "EventId") : std::nullopt;
  const auto id = text ? Guid::Parse(*text) : std::nullopt;
  if (id) return *id;
  return BadBody("each of 'StartRequests' to be an object with a GUID as 'EventId'");
}

}  // namespace

std::span<const std::string_view> EventsApiVersions() { return kVersions; }

Result<std::string_view> ParseEventsQuery(std::string_view query) {
  http::Form form;
  TRY_VOID(form.Add(query));
  const auto version = form.Find("api-version");
  if (!version || version->empty()) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kApiVersionMissing,
                "Required query variable 'api-version' is missing");
  }
  const auto found = std::find(kVersions.begin(), kVersions.end(), *version);
  if (found == kVersions.end()) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kApiVersionUnknown,
                "expected an api-version of scheduled events");
  }
  const auto format = form.Find("format");
  if (!format || EqualsIgnoringCase(*format, "json")) return *found;
  return Fail(ErrorKind::kInvalidRequest, reasons::kFormatInvalid,
              "Scheduled events have no other 'format' than 'json'");
}

Result<std::vector<Guid>> ParseStartRequests(std::string_view body) {
  const auto object = ParseJsonObject(body);
  if (!object) return BadBody("a JSON object as the body: " + object.error());
  const json::value* list = object->if_contains("StartRequests");
  if (!list || !list->is_array()) return BadBody("an array 'StartRequests' in the body");
  std::vector<Guid> ids;
  for (const json::value& request : list->get_array()) {
    TRY(const Guid id, ParseStartRequest(request));
    ids.push_back(id);
  }
  return ids;
}

}  // namespace openimds::imds
