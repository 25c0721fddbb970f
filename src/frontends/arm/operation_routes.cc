// SPDX-License-Identifier: Apache-2.0
// Where clients ask whether what they began is done. Only who began it is told.
#include <utility>

#include <boost/json/object.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "frontends/arm/long_running.h"
#include "frontends/arm/route.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

Result<LongRunning::Operation> FindOperation(const Workplace& at, const Call& call) {
  const auto id = Guid::Parse(call.At("operation"));
  if (id && at.long_running) {
    auto found = at.long_running->Find(*id, call.caller->principal_id);
    if (found) return *std::move(found);
  }
  return Refuse(ErrorKind::kNotFound, reasons::kNotFound, "OperationNotFound",
                "There is no operation '" + call.At("operation").substr(0, 60) +
                    "' of this client, or it ended more than an hour ago.");
}

// `Azure-AsyncOperation`: how it stands. The client then looks at the resource.
Result<Answer> ShowStatus(const Workplace& at, const Call& call) {
  TRY(const LongRunning::Operation operation, FindOperation(at, call));
  json::object status{{"name", call.At("operation")},
                      {"startTime", FormatIsoTime(ToUnixSeconds(operation.began))},
                      {"status", operation.is_done ? "Succeeded" : "InProgress"}};
  if (operation.is_done) {
    status["endTime"] = FormatIsoTime(ToUnixSeconds(operation.done_at));
    return Answer{200, std::move(status)};
  }
  Answer answer{200, std::move(status)};
  AskAgainSoon(&answer);
  return answer;
}

// `Location`: the answer itself, once it is there.
Result<Answer> ShowResult(const Workplace& at, const Call& call) {
  TRY(LongRunning::Operation operation, FindOperation(at, call));
  if (operation.is_done) return std::move(operation.answer);
  Answer answer{202};
  answer.headers.emplace_back("Location", call.base_url + call.target + "?api-version=" +
                                              EncodeFormComponent(call.Query("api-version")));
  AskAgainSoon(&answer);
  return answer;
}

}  // namespace

void AddOperationRoutes(std::vector<Route>* routes) {
  const std::vector<Route> all{
      {"GET",
       "/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{location}/"
       "operations/{operation}",
       Rule::kAnyPrincipal, "", ShowStatus},
      {"GET", "/subscriptions/{subscription}/operationresults/{operation}", Rule::kAnyPrincipal, "",
       ShowResult}};
  routes->insert(routes->end(), all.begin(), all.end());
}

}  // namespace openimds::arm
