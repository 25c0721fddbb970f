// SPDX-License-Identifier: Apache-2.0
#include "migrate/callers.h"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>

#include "base/reasons.h"
#include "crypto/json_object.h"

namespace openimds::migrate {
namespace {

namespace json = boost::json;

constexpr std::int64_t kNobody = 0xffffffffLL;

tl::unexpected<Error> NoBook(const std::string& what) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kFileUnreadable,
              "expected the callers that a bridge has written down: " + what);
}

std::optional<std::int64_t> NumberIn(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_int64() || value->get_int64() < 0) return std::nullopt;
  return value->get_int64();
}

std::optional<Time> TimeIn(const json::object& object, const char* name) {
  const auto seconds = NumberIn(object, name);
  return seconds ? TimeFromNumber(*seconds) : std::nullopt;
}

Result<Caller> ParseCaller(const json::value& item) {
  const json::object* object = item.if_object();
  if (object == nullptr) return NoBook("a caller is no object");
  const auto requests = NumberIn(*object, "requests");
  const auto uid = NumberIn(*object, "uid");
  const auto first = TimeIn(*object, "first");
  const auto last = TimeIn(*object, "last");
  if (!requests || !uid || *uid > kNobody || !first || !last) {
    return NoBook("a caller without uid, requests, first or last");
  }
  Caller caller{std::string(TextOf(*object, "process")),
                std::string(TextOf(*object, "executable")),
                static_cast<std::uint32_t>(*uid),
                NumberIn(*object, "pid").value_or(0),
                static_cast<std::uint64_t>(*requests),
                *first,
                *last};
  if (*uid == kNobody) caller.uid.reset();
  return caller;
}

bool IsSame(const Caller& a, const Caller& b) {
  return a.process == b.process && a.executable == b.executable && a.uid == b.uid;
}

}  // namespace

Result<CallerReport> ParseCallerReport(std::string_view text) {
  const auto object = ParseJsonObject(text);
  if (!object) return NoBook(object.error());
  const auto since = TimeIn(*object, "since");
  const json::value* list = object->if_contains("callers");
  if (!since || list == nullptr || !list->is_array()) return NoBook("since or callers is missing");
  CallerReport report{*since, {}};
  for (const json::value& item : list->get_array()) {
    TRY(Caller caller, ParseCaller(item));
    report.callers.push_back(std::move(caller));
  }
  std::stable_sort(report.callers.begin(), report.callers.end(),
                   [](const Caller& a, const Caller& b) { return a.last > b.last; });
  return report;
}

std::optional<bool> CallerReport::QuietFor(std::chrono::seconds length, Time now) const {
  const bool asked = std::any_of(callers.begin(), callers.end(),
                                 [&](const Caller& it) { return it.last + length > now; });
  if (asked) return false;
  if (since + length > now) return std::nullopt;
  return true;
}

std::vector<Caller> NewCalls(const CallerReport& before, const CallerReport& now) {
  std::vector<Caller> fresh;
  for (const Caller& caller : now.callers) {
    const auto known = std::find_if(before.callers.begin(), before.callers.end(),
                                    [&](const Caller& it) { return IsSame(it, caller); });
    if (known == before.callers.end() || known->requests != caller.requests) {
      fresh.push_back(caller);
    }
  }
  return fresh;
}

}  // namespace openimds::migrate
