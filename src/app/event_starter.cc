// SPDX-License-Identifier: Apache-2.0
#include "app/event_starter.h"

#include <algorithm>
#include <chrono>

#include "telemetry/events.h"

namespace openimds {
namespace {

// The wall clock may be set, and others may change the registry: never sleep longer.
constexpr std::chrono::milliseconds kLongestSleep{1000};

std::chrono::milliseconds SleepUntilDue(const Snapshot& snapshot, Time now) {
  const auto due = snapshot.NextEventDue();
  if (!due || *due <= now) return kLongestSleep;
  // Rounded up: a millisecond too early would be a second too late.
  return std::min(kLongestSleep, std::chrono::ceil<std::chrono::milliseconds>(*due - now));
}

}  // namespace

EventStarter::EventStarter(Registry& registry, const Clock& clock, Log& log)
    : registry_(registry), clock_(clock), log_(log) {
  StartDue();
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

EventStarter::~EventStarter() { thread_.request_stop(); }

void EventStarter::StartDue() {
  const auto started = registry_.StartDueEvents(clock_.Now());
  if (!started && !failing_) {
    log_.Write(LogLevel::kError, events::kEventsNotStarted, {{"message", started.error().message}});
  }
  failing_ = !started.has_value();
}

void EventStarter::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto sleep = SleepUntilDue(*registry_.Read(), clock_.Now());
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, sleep, [] { return false; });
    lock.unlock();
    if (!stop.stop_requested()) StartDue();
  }
}

}  // namespace openimds
