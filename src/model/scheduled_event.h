// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "model/resource_id.h"

// What is going to happen to machines, and what they may know of it beforehand: the events of
// `/metadata/scheduledevents` (protocol.md E.7, docs/protocols/scheduled-events.md).
namespace openimds {

enum class EventType { kFreeze, kReboot, kRedeploy, kPreempt, kTerminate };
enum class EventSource { kPlatform, kUser };
// A machine sees the first two; an event that has ended is gone from its document.
enum class EventStatus { kScheduled, kStarted, kCompleted, kCanceled };

// What is known of a type. The page is held against this table by a test.
struct EventTypeFacts {
  EventType type;
  std::string_view name;   // on the wire
  std::string_view since;  // the first api-version that shows it
  // Unless the operator says otherwise: how long before it may start it is announced, and how it is
  // described if the platform wants it, or a user does.
  std::chrono::seconds notice;
  std::string_view from_platform;
  std::string_view from_user;
};

std::span<const EventTypeFacts> EventTypes();
const EventTypeFacts& FactsOf(EventType type);

// The api-versions that brought types, oldest first. Those that an api-version has are known by
// the index of the last one here that is not newer. REQUIRES: it is not older than the first.
std::span<const std::string_view> EventTypeVersions();
std::size_t EventTypeVersionOf(std::string_view api_version);

// In any letter case.
std::optional<EventType> ParseEventType(std::string_view text);
std::optional<EventSource> ParseEventSource(std::string_view text);
std::optional<EventStatus> ParseEventStatus(std::string_view text);
std::string_view ToText(EventSource source);
std::string_view ToText(EventStatus status);

inline constexpr std::int64_t kUnknownDuration = -1;
inline constexpr std::int64_t kLongestDuration = 7 * 86'400;
inline constexpr std::size_t kMaxEventDescription = 1024;

struct ScheduledEvent {
  Guid id;
  EventType type = EventType::kFreeze;
  EventStatus status = EventStatus::kScheduled;
  std::vector<ResourceId> machines;  // what it happens to, no two alike
  std::string scale_set;             // of which it happens to all; empty if machines were named
  Time not_before;                   // whole seconds
  std::string description;
  EventSource source = EventSource::kPlatform;
  std::int64_t duration = kUnknownDuration;  // seconds
  Time created;
  std::optional<Time> started;
  std::string started_by;  // the machine that asked for it, `operator`, or `time`
  std::optional<Time> ended;

  bool has_ended() const {
    return status == EventStatus::kCompleted || status == EventStatus::kCanceled;
  }
  bool IsDue(Time now) const { return status == EventStatus::kScheduled && now >= not_before; }
  bool IsAbout(const ResourceId& machine) const;
};

// Fails with kArgumentInvalid, naming the member: a description that is too long or has control
// characters, a duration that is neither -1 nor 0 to a week, no machine.
Result<void> CheckEvent(const ScheduledEvent& event);

// The transitions: Scheduled → Started → completed, and Scheduled → canceled. True if there was
// something to change, false if it is so already; kEventStatus if it is too late or too early.
// Starting an event that has ended changes nothing: whoever approves late has no mistake to mend.
bool StartEvent(ScheduledEvent* event, Time now, std::string by);
Result<bool> CompleteEvent(ScheduledEvent* event, Time now);
Result<bool> CancelEvent(ScheduledEvent* event, Time now);

}  // namespace openimds
