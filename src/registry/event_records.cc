// SPDX-License-Identifier: Apache-2.0
#include "registry/event_records.h"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "registry/damaged_record.h"
#include "registry/json_members.h"

namespace openimds {
namespace {

namespace json = boost::json;

constexpr std::int64_t kNever = 0;  // in place of a time

std::int64_t NumberOf(const std::optional<Time>& time) {
  return time ? ToUnixSeconds(*time) : kNever;
}

Result<Time> TakeTime(JsonMembers& members, std::string_view name) {
  TRY(const std::int64_t number, members.TakeInteger(name));
  const auto time = TimeFromNumber(number);
  if (time) return *time;
  return members.Damaged("expected member '" + std::string(name) + "' to be a time");
}

Result<std::optional<Time>> TakeTimeOrNever(JsonMembers& members, std::string_view name) {
  TRY(const Time time, TakeTime(members, name));
  return ToUnixSeconds(time) == kNever ? std::optional<Time>() : std::optional(time);
}

template <class T>
Result<T> TakeNamed(JsonMembers& members, std::string_view name,
                    std::optional<T> (*parse)(std::string_view)) {
  TRY(const std::string text, members.TakeText(name));
  const auto value = parse(text);
  if (value) return *value;
  return members.Damaged("member '" + std::string(name) + "' is not one that there is");
}

Result<void> CheckWhole(JsonMembers& members, const Record& record, const ScheduledEvent& event) {
  TRY_VOID(members.CheckNoneLeft());
  if (record.key != event.id.ToString()) {
    return members.Damaged("it holds '" + event.id.ToString() + "'");
  }
  const bool scheduled = event.status == EventStatus::kScheduled;
  const bool canceled = event.status == EventStatus::kCanceled;
  const bool times_fit = event.started.has_value() == !(scheduled || canceled) &&
                         event.ended.has_value() == event.has_ended();
  if (!times_fit) return members.Damaged("its times do not fit its status");
  return {};
}

}  // namespace

Change RenderEvent(const ScheduledEvent& event) {
  json::array machines;
  for (const ResourceId& id : event.machines) machines.emplace_back(id.text());
  const json::object body{
      {"id", event.id.ToString()},          {"type", FactsOf(event.type).name},
      {"status", ToText(event.status)},     {"machines", std::move(machines)},
      {"scale_set", event.scale_set},       {"not_before", ToUnixSeconds(event.not_before)},
      {"description", event.description},   {"source", ToText(event.source)},
      {"duration", event.duration},         {"created", ToUnixSeconds(event.created)},
      {"started", NumberOf(event.started)}, {"started_by", event.started_by},
      {"ended", NumberOf(event.ended)}};
  return {std::string(kEventKind), event.id.ToString(), json::serialize(body), std::nullopt};
}

Result<ScheduledEvent> ParseEvent(const Record& record) {
  TRY(JsonMembers members, JsonMembers::Parse(record));
  ScheduledEvent event;
  TRY(event.id, members.TakeGuid("id"));
  TRY(event.type, TakeNamed<EventType>(members, "type", ParseEventType));
  TRY(event.status, TakeNamed<EventStatus>(members, "status", ParseEventStatus));
  TRY(event.machines, members.TakeIds("machines"));
  TRY(event.scale_set, members.TakeText("scale_set"));
  TRY(event.not_before, TakeTime(members, "not_before"));
  TRY(event.description, members.TakeText("description"));
  TRY(event.source, TakeNamed<EventSource>(members, "source", ParseEventSource));
  TRY(event.duration, members.TakeInteger("duration"));
  TRY(event.created, TakeTime(members, "created"));
  TRY(event.started, TakeTimeOrNever(members, "started"));
  TRY(event.started_by, members.TakeText("started_by"));
  TRY(event.ended, TakeTimeOrNever(members, "ended"));
  TRY_VOID(CheckWhole(members, record, event));
  return event;
}

Change RenderInbox(const ResourceId& machine, const EventInbox& inbox) {
  json::object incarnations;
  for (std::size_t i = 0; i < EventTypeVersions().size(); ++i) {
    incarnations[EventTypeVersions()[i]] = inbox.incarnations()[i];
  }
  return {std::string(kInboxKind), machine.key(), json::serialize(incarnations), std::nullopt};
}

Result<EventInbox> ParseInbox(const Record& record) {
  TRY(JsonMembers members, JsonMembers::Parse(record));
  std::vector<std::int64_t> incarnations;
  for (const std::string_view version : EventTypeVersions()) {
    TRY(const std::int64_t incarnation, members.TakeInteger(version));
    incarnations.push_back(incarnation);
  }
  TRY_VOID(members.CheckNoneLeft());
  return EventInbox(std::move(incarnations));
}

}  // namespace openimds
