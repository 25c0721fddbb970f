// SPDX-License-Identifier: Apache-2.0
#include "model/scheduled_event.h"

#include <algorithm>
#include <array>

#include "base/reasons.h"
#include "base/text.h"

namespace openimds {
namespace {

using namespace std::chrono_literals;

// Azure lets the user choose a terminate notice of 5 to 15 minutes; 5 is its default.
constexpr EventTypeFacts kTypes[] = {
    {EventType::kFreeze, "Freeze", "2017-03-01", 15min, "Host server is undergoing maintenance.",
     "Virtual machine is going to be paused as requested by authorized user."},
    {EventType::kReboot, "Reboot", "2017-03-01", 15min, "Host server is undergoing maintenance.",
     "Virtual machine is going to be restarted as requested by authorized user."},
    {EventType::kRedeploy, "Redeploy", "2017-03-01", 10min,
     "Host server is undergoing maintenance.",
     "Virtual machine is going to be redeployed as requested by authorized user."},
    {EventType::kPreempt, "Preempt", "2017-11-01", 30s, "", ""},
    {EventType::kTerminate, "Terminate", "2019-01-01", 5min, "", ""},
};

constexpr std::array<std::string_view, 3> kTypeVersions = {"2017-03-01", "2017-11-01",
                                                           "2019-01-01"};
constexpr std::array<std::string_view, 2> kSources = {"Platform", "User"};
constexpr std::array<std::string_view, 4> kStatuses = {"Scheduled", "Started", "Completed",
                                                       "Canceled"};

template <class Enum, std::size_t N>
std::optional<Enum> ParseEnum(const std::array<std::string_view, N>& names, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i) {
    if (EqualsIgnoringCase(names[i], text)) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

tl::unexpected<Error> WrongStatus(const ScheduledEvent& event, std::string_view expected) {
  return Fail(ErrorKind::kConflict, reasons::kEventStatus,
              "expected event '" + event.id.ToString() + "' to be " + std::string(expected) +
                  ", it is " + LowerAscii(ToText(event.status)));
}

tl::unexpected<Error> WrongMember(std::string_view what) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kArgumentInvalid, std::string(what));
}

}  // namespace

std::span<const EventTypeFacts> EventTypes() { return kTypes; }

const EventTypeFacts& FactsOf(EventType type) { return kTypes[static_cast<std::size_t>(type)]; }

std::span<const std::string_view> EventTypeVersions() { return kTypeVersions; }

std::size_t EventTypeVersionOf(std::string_view api_version) {
  const auto after = std::upper_bound(kTypeVersions.begin(), kTypeVersions.end(), api_version);
  return static_cast<std::size_t>(after - kTypeVersions.begin()) - 1;
}

std::optional<EventType> ParseEventType(std::string_view text) {
  for (const EventTypeFacts& facts : kTypes) {
    if (EqualsIgnoringCase(facts.name, text)) return facts.type;
  }
  return std::nullopt;
}

std::optional<EventSource> ParseEventSource(std::string_view text) {
  return ParseEnum<EventSource>(kSources, text);
}

std::optional<EventStatus> ParseEventStatus(std::string_view text) {
  return ParseEnum<EventStatus>(kStatuses, text);
}

std::string_view ToText(EventSource source) { return kSources[static_cast<std::size_t>(source)]; }

std::string_view ToText(EventStatus status) { return kStatuses[static_cast<std::size_t>(status)]; }

bool ScheduledEvent::IsAbout(const ResourceId& machine) const {
  return std::find(machines.begin(), machines.end(), machine) != machines.end();
}

Result<void> CheckEvent(const ScheduledEvent& event) {
  if (event.machines.empty()) return WrongMember("expected at least one machine");
  if (event.duration < kUnknownDuration || event.duration > kLongestDuration) {
    return WrongMember("expected a duration of 0 to " + std::to_string(kLongestDuration) +
                       " seconds, or -1 if nobody knows it, got " + std::to_string(event.duration));
  }
  const bool plain = std::all_of(event.description.begin(), event.description.end(), [](char c) {
    return static_cast<unsigned char>(c) >= ' ' && c != '\x7f';
  });
  if (plain && event.description.size() <= kMaxEventDescription) return {};
  return WrongMember("expected a description of one line and at most " +
                     std::to_string(kMaxEventDescription) + " bytes");
}

bool StartEvent(ScheduledEvent* event, Time now, std::string by) {
  if (event->status != EventStatus::kScheduled) return false;
  event->status = EventStatus::kStarted;
  event->started = now;
  event->started_by = std::move(by);
  return true;
}

Result<bool> CompleteEvent(ScheduledEvent* event, Time now) {
  if (event->status == EventStatus::kCompleted) return false;
  if (event->status != EventStatus::kStarted) return WrongStatus(*event, "started");
  event->status = EventStatus::kCompleted;
  event->ended = now;
  return true;
}

Result<bool> CancelEvent(ScheduledEvent* event, Time now) {
  if (event->status == EventStatus::kCanceled) return false;
  if (event->status != EventStatus::kScheduled) return WrongStatus(*event, "scheduled");
  event->status = EventStatus::kCanceled;
  event->ended = now;
  return true;
}

}  // namespace openimds
