// SPDX-License-Identifier: Apache-2.0
// What is going to happen to machines: the operator's side of scheduled events.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "frontends/control/lookup.h"
#include "model/scale_set.h"
#include "model/scheduled_event.h"

namespace openimds::control {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

constexpr seconds kLongestNotice = std::chrono::hours(24 * 365);

std::string TypeNames() {
  std::string names;
  for (const EventTypeFacts& facts : EventTypes()) {
    names.append(names.empty() ? "" : ", ").append(facts.name);
  }
  return names;
}

json::value TimeOrNull(const std::optional<Time>& time) {
  return time ? json::value(FormatIsoTime(ToUnixSeconds(*time))) : json::value();
}

json::object ToJson(const ScheduledEvent& event) {
  json::array machines;
  for (const ResourceId& id : event.machines) machines.emplace_back(id.text());
  return {{"eventId", event.id.ToString()},
          {"type", FactsOf(event.type).name},
          {"status", ToText(event.status)},
          {"machines", std::move(machines)},
          {"scaleSet", event.scale_set.empty() ? json::value() : json::value(event.scale_set)},
          {"notBefore", TimeOrNull(event.not_before)},
          {"description", event.description},
          {"source", ToText(event.source)},
          {"durationInSeconds", event.duration},
          {"created", TimeOrNull(event.created)},
          {"started", TimeOrNull(event.started)},
          {"startedBy", event.started_by.empty() ? json::value() : json::value(event.started_by)},
          {"ended", TimeOrNull(event.ended)}};
}

// `30s`, `15m`, `2h`, `7d`; a bare number is seconds.
Result<seconds> ParseNotice(std::string_view text) {
  constexpr std::pair<char, std::int64_t> kUnits[] = {
      {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86'400}};
  std::string_view digits = text;
  std::int64_t unit = 1;
  for (const auto& [letter, length] : kUnits) {
    if (!text.ends_with(letter)) continue;
    digits.remove_suffix(1);
    unit = length;
  }
  const auto number = ParseDecimal(digits);
  const auto most = static_cast<std::uint64_t>(kLongestNotice.count() / unit);
  if (number && *number <= most) return seconds(static_cast<std::int64_t>(*number) * unit);
  return BadArgument("in", "expected a time such as 30s, 15m, 2h or 7d, at most 365d, got '" +
                               std::string(text) + "'");
}

Result<std::int64_t> ParseDuration(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (whole && value >= kUnknownDuration && value <= kLongestDuration) return value;
  return BadArgument("duration", "expected whole seconds, 0 to " +
                                     std::to_string(kLongestDuration) + ", or -1, got '" + text +
                                     "'");
}

// The machines whose profiles say that they are in it, in order of their ids.
Result<void> FindScaleSet(const Snapshot& snapshot, const std::string& name,
                          ScheduledEvent* event) {
  std::map<std::string, std::map<std::string, ResourceId>> found;
  const std::string wanted = LowerAscii(name);
  for (const auto& [key, entry] : snapshot.machines) {
    const std::string scale_set = ScaleSetKeyOf(*entry->machine);
    if (scale_set.empty()) continue;
    const bool named = wanted.starts_with('/')
                           ? scale_set == wanted
                           : scale_set.substr(scale_set.rfind('/') + 1) == wanted;
    if (named) found[scale_set].emplace(key, entry->machine->id);
  }
  if (found.empty()) {
    return Fail(ErrorKind::kNotFound, reasons::kNotFound,
                "no machine says that it is in scale set '" + name + "'");
  }
  if (found.size() > 1) {
    return BadArgument("scaleSet", "several are named '" + name +
                                       "'; expected the resource id of one, such as " +
                                       found.begin()->first);
  }
  event->scale_set = found.begin()->first;
  for (const auto& [key, id] : found.begin()->second) event->machines.push_back(id);
  return {};
}

Result<void> FindMachines(const Workplace& at, const Arguments& arguments, ScheduledEvent* event) {
  const std::shared_ptr<const Snapshot> snapshot = at.registry.Read();
  const auto names = arguments.Texts("machines");
  const auto scale_set = arguments.FindText("scaleSet");
  if (names.empty() == !scale_set) {
    return BadArgument("machines", "expected either these or 'scaleSet'");
  }
  if (scale_set) return FindScaleSet(*snapshot, *scale_set, event);
  for (const std::string& name : names) {
    TRY(const auto entry, FindMachine(*snapshot, "machines", name));
    const ResourceId& id = entry->machine->id;
    if (!event->IsAbout(id)) event->machines.push_back(id);
  }
  return {};
}

Result<ScheduledEvent> ReadEvent(const Workplace& at, const Arguments& arguments) {
  ScheduledEvent event;
  const auto type = ParseEventType(arguments.Text("type"));
  if (!type) return BadArgument("type", "expected one of " + TypeNames());
  const auto source = ParseEventSource(arguments.FindText("source").value_or("Platform"));
  if (!source) return BadArgument("source", "expected Platform or User");
  const EventTypeFacts& facts = FactsOf(*type);
  TRY_VOID(FindMachines(at, arguments, &event));
  event.id = arguments.FindGuid("eventId").value_or(Guid());
  event.type = *type;
  event.source = *source;
  event.description =
      arguments.FindText("description")
          .value_or(
              std::string(*source == EventSource::kUser ? facts.from_user : facts.from_platform));
  if (const auto text = arguments.FindText("duration")) {
    TRY(event.duration, ParseDuration(*text));
  }
  seconds notice = facts.notice;
  if (const auto text = arguments.FindText("in")) {
    TRY(notice, ParseNotice(*text));
  }
  event.created = at.clock.Now();
  event.not_before = event.created + notice;
  if (notice == seconds{0}) StartEvent(&event, event.created, "operator");
  TRY_VOID(CheckEvent(event));
  return event;
}

Result<json::value> Create(const Workplace& at, const Arguments& arguments, std::string_view) {
  TRY(const ScheduledEvent event, ReadEvent(at, arguments));
  TRY(const ScheduledEvent made, at.registry.CreateEvent(event));
  return ToJson(made);
}

// Where no service runs nobody else has done it.
Result<void> StartDue(const Workplace& at) { return at.registry.StartDueEvents(at.clock.Now()); }

Result<json::value> List(const Workplace& at, const Arguments& arguments, std::string_view) {
  TRY_VOID(StartDue(at));
  const std::shared_ptr<const Snapshot> snapshot = at.registry.Read();
  std::shared_ptr<const MachineEntry> machine;
  if (const auto name = arguments.FindText("machine")) {
    TRY(machine, FindMachine(*snapshot, "machine", *name));
  }
  std::map<std::pair<Time, Guid>, const ScheduledEvent*> sorted;
  for (const auto& [id, event] : snapshot->events) {
    if (event->has_ended() && !arguments.Flag("all")) continue;
    if (machine && !SeesEvent(*snapshot, *machine, *event)) continue;
    sorted.emplace(std::pair(event->created, id), event.get());
  }
  json::array list;
  for (const auto& [key, event] : sorted) list.push_back(ToJson(*event));
  return list;
}

Result<json::value> Edit(const Workplace& at, const Arguments& arguments,
                         const std::function<Result<bool>(ScheduledEvent&)>& edit) {
  TRY_VOID(StartDue(at));
  TRY(const ScheduledEvent event, at.registry.EditEvent(*arguments.FindGuid("event"), edit));
  return ToJson(event);
}

Result<json::value> Show(const Workplace& at, const Arguments& arguments, std::string_view) {
  return Edit(at, arguments, [](ScheduledEvent&) { return Result<bool>(false); });
}

// Unlike a machine, an operator is told that there is nothing left to start.
Result<json::value> Start(const Workplace& at, const Arguments& arguments, std::string_view) {
  return Edit(at, arguments, [&](ScheduledEvent& event) -> Result<bool> {
    if (event.has_ended()) {
      return Fail(ErrorKind::kConflict, reasons::kEventStatus,
                  "event '" + event.id.ToString() + "' has ended: it is " +
                      LowerAscii(ToText(event.status)));
    }
    return StartEvent(&event, at.clock.Now(), "operator");
  });
}

Result<json::value> Complete(const Workplace& at, const Arguments& arguments, std::string_view) {
  return Edit(at, arguments,
              [&](ScheduledEvent& event) { return CompleteEvent(&event, at.clock.Now()); });
}

Result<json::value> Cancel(const Workplace& at, const Arguments& arguments, std::string_view) {
  return Edit(at, arguments,
              [&](ScheduledEvent& event) { return CancelEvent(&event, at.clock.Now()); });
}

}  // namespace

std::vector<Operation> EventOperations() {
  const ArgumentRule event{"event", ArgumentType::kGuid, true};
  return {{"event.create",
           Effect::kChanges,
           {{"type", ArgumentType::kText, true},
            {"machines", ArgumentType::kTexts},
            {"scaleSet", ArgumentType::kText},
            {"in", ArgumentType::kText},
            {"duration", ArgumentType::kText},
            {"description", ArgumentType::kText},
            {"source", ArgumentType::kText},
            {"eventId", ArgumentType::kGuid}},
           Create},
          {"event.list",
           Effect::kReads,
           {{"machine", ArgumentType::kText}, {"all", ArgumentType::kFlag}},
           List},
          {"event.show", Effect::kReads, {event}, Show},
          {"event.start", Effect::kChanges, {event}, Start},
          {"event.complete", Effect::kChanges, {event}, Complete},
          {"event.cancel", Effect::kChanges, {event}, Cancel}};
}

}  // namespace openimds::control
