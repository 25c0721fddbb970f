// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/scheduled_events_endpoint.h"

#include <string>
#include <utility>

#include "base/reasons.h"
#include "frontends/imds/instance_response.h"
#include "frontends/imds/scheduled_events_request.h"
#include "frontends/imds/scheduled_events_response.h"
#include "http/caller_guard.h"
#include "telemetry/events.h"

namespace openimds::imds {
namespace {

// In the order of the token endpoint: who asks, then what this front end pretends.
std::optional<http::Response> FindRefusal(const http::Request& request, const Door& door) {
  auto caller = http::CheckDirectCaller(request);
  if (caller) caller = http::CheckMetadataHeader(request);
  if (!caller) return RenderEventsError(caller.error());
  if (door.fault != FaultProfile::kNone) return RenderInstanceFault(door.fault);
  return std::nullopt;
}

// The ids of those that an approval would start, for people.
std::string WaitingOf(const std::vector<Guid>& ids, const Snapshot& snapshot) {
  std::string text;
  for (const Guid& id : ids) {
    const auto found = snapshot.events.find(id);
    const bool waits =
        found != snapshot.events.end() && found->second->status == EventStatus::kScheduled;
    if (waits) text.append(text.empty() ? "" : " ").append(id.ToString());
  }
  return text;
}

}  // namespace

http::Reply ScheduledEventsEndpoint::HandleList(const http::Request& request) const {
  const std::shared_ptr<const Door>& door = door_.Read();
  if (auto refusal = FindRefusal(request, *door)) return *std::move(refusal);
  const auto caller = FindCaller(request, *door);
  if (!caller) return RenderEventsError(caller.error());
  const std::shared_ptr<const Snapshot>& snapshot = parts_.registry.Read();
  return RenderEvents(snapshot->InboxOf(caller->machine->machine->id), caller->api_version);
}

http::Reply ScheduledEventsEndpoint::HandleStart(const http::Request& request) const {
  const std::shared_ptr<const Door>& door = door_.Read();
  if (auto refusal = FindRefusal(request, *door)) return *std::move(refusal);
  auto caller = FindCaller(request, *door);
  if (!caller) return RenderEventsError(caller.error());
  auto events = ParseStartRequests(request.body);
  if (!events) return RenderEventsError(events.error());
  return http::Deferred{
      [this, caller = *std::move(caller), events = *std::move(events)] {
        return Start(caller, events);
      },
      RenderEventsError({ErrorKind::kUnavailable, reasons::kBusy, "too much to do; try again"})};
}

Result<ScheduledEventsEndpoint::Caller> ScheduledEventsEndpoint::FindCaller(
    const http::Request& request, const Door& door) const {
  TRY(const std::string_view api_version, ParseEventsQuery(request.query));
  TRY(auto machine, parts_.broker.FindMachine(door, request.peer));
  return Caller{std::move(machine), api_version};
}

http::Response ScheduledEventsEndpoint::Start(const Caller& caller,
                                              const std::vector<Guid>& events) const {
  const ResourceId& machine = caller.machine->machine->id;
  const std::string waiting = WaitingOf(events, *parts_.registry.Read());
  const auto approved = parts_.registry.ApproveEvents(machine, events, parts_.clock.Now());
  // Machines may say it again and again; what changes nothing is no news.
  parts_.log.Write(approved && !waiting.empty() ? LogLevel::kInfo : LogLevel::kDebug,
                   events::kEventApproved,
                   {{"machine", machine.text()},
                    {"events", waiting},
                    {"outcome", approved ? std::string_view("done") : approved.error().reason}});
  if (!approved) return RenderEventsError(approved.error());
  return RenderEvents(parts_.registry.Read()->InboxOf(machine), caller.api_version);
}

}  // namespace openimds::imds
