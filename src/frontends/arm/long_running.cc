// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/long_running.h"

#include <algorithm>
#include <string>
#include <utility>

#include <boost/json/object.hpp>

#include "base/text.h"
#include "crypto/json_object.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

constexpr std::size_t kThreads = 4;
constexpr std::size_t kMostWaiting = 256;
constexpr std::size_t kMostKept = 10'000;
constexpr std::chrono::hours kKept{1};

// How a client is told to wait; docs/protocols/arm.md has the table.
enum class Style {
  kNone,
  kOperation,  // `Azure-AsyncOperation`: a status to poll, and then the resource
  kLocation,   // `Location`: the answer itself comes from there
};

bool IsCompute(std::string_view action) {
  for (const std::string_view type :
       {"Microsoft.Compute/virtualMachines/", "Microsoft.Compute/virtualMachineScaleSets/"}) {
    if (StartsWithIgnoringCase(action, type)) return true;
  }
  return false;
}

Style StyleOf(const Call& call) {
  if (call.method == "GET" || call.method == "HEAD") return Style::kNone;
  if (IsCompute(call.action)) return Style::kOperation;
  for (const std::string_view action :
       {"Microsoft.Resources/deployments/validate/action",
        "Microsoft.Resources/deployments/whatIf/action",
        "Microsoft.Resources/subscriptions/resourceGroups/exportTemplate/action",
        "Microsoft.Resources/subscriptions/resourceGroups/delete"}) {
    if (EqualsIgnoringCase(call.action, action)) return Style::kLocation;
  }
  return Style::kNone;
}

std::string UrlOf(const Call& call, const std::string& path, const Guid& id) {
  return call.base_url + "/subscriptions/" + call.At("subscription") + path + id.ToString() +
         "?api-version=" + EncodeFormComponent(call.Query("api-version"));
}

// Where the resource is, or the place that all others are named after.
std::string LocationOf(const Answer& answer) {
  const json::object* body = answer.body.if_object();
  const std::string_view location = body ? TextOf(*body, "location") : "";
  return location.empty() ? "global" : std::string(location);
}

void SayItIsUnderWay(Answer* answer) {
  json::object* body = answer->body.if_object();
  json::value* properties = body ? body->if_contains("properties") : nullptr;
  if (!properties || !properties->is_object()) return;
  properties->get_object()["provisioningState"] = answer->status == 201 ? "Creating" : "Updating";
}

}  // namespace

void AskAgainSoon(Answer* answer) { answer->headers.emplace_back("Retry-After", "1"); }

LongRunning::LongRunning(std::chrono::seconds takes, const Clock& clock)
    : takes_(takes), clock_(clock), pool_(kThreads, kMostWaiting) {}

LongRunning::~LongRunning() { Stop(); }

void LongRunning::Stop() {
  stopping_ = true;
  pool_.Stop();
}

Answer LongRunning::Present(const Call& call, Answer done) {
  const Style style = StyleOf(call);
  if (style == Style::kNone || done.status == 204) return done;
  Answer first = done;
  const Guid id = Keep(call, std::move(done));
  if (style == Style::kLocation) {
    first = Answer{202};
    first.headers.emplace_back("Location", UrlOf(call, "/operationresults/", id));
  } else {
    const std::string path =
        "/providers/Microsoft.Compute/locations/" + LocationOf(first) + "/operations/";
    SayItIsUnderWay(&first);
    if (call.method == "POST" || call.method == "DELETE") first = Answer{202};
    first.headers.emplace_back("Azure-AsyncOperation", UrlOf(call, path, id));
  }
  AskAgainSoon(&first);
  return first;
}

Guid LongRunning::Keep(const Call& call, Answer done) {
  const Time now = clock_.Now();
  const Guid id = Guid::Random();
  const std::lock_guard lock(mutex_);
  ForgetOld(now);
  operations_.emplace(
      id, Operation{call.caller->principal_id, now, now + takes_, std::move(done), false});
  return id;
}

void LongRunning::ForgetOld(Time now) {
  std::erase_if(operations_, [&](const auto& one) { return one.second.done_at + kKept < now; });
  while (operations_.size() >= kMostKept) {
    operations_.erase(std::min_element(
        operations_.begin(), operations_.end(),
        [](const auto& a, const auto& b) { return a.second.began < b.second.began; }));
  }
}

std::optional<LongRunning::Operation> LongRunning::Find(const Guid& id, const Guid& principal) {
  const Time now = clock_.Now();
  const std::lock_guard lock(mutex_);
  ForgetOld(now);
  const auto found = operations_.find(id);
  if (found == operations_.end() || found->second.principal != principal) return std::nullopt;
  Operation operation = found->second;
  operation.is_done = now >= operation.done_at;
  return operation;
}

}  // namespace openimds::arm
