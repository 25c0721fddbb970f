// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "model/scheduled_event.h"

namespace openimds {

struct Snapshot;
struct MachineEntry;

using EventList = std::vector<std::shared_ptr<const ScheduledEvent>>;

// What one machine sees of the events, and how often that has changed. An api-version that lacks a
// type of event does not show such events, so there is a count for each of EventTypeVersions().
// Immutable once it is in a snapshot.
class EventInbox {
 public:
  EventInbox() : incarnations_(EventTypeVersions().size(), 1) {}
  explicit EventInbox(std::vector<std::int64_t> incarnations)
      : incarnations_(std::move(incarnations)) {}

  // As read from the store: `events` are those that the incarnations count already.
  void SetEvents(EventList events) { events_ = std::move(events); }

  // Takes the list in place of the last one. Each incarnation rises by one if what its version
  // shows is another list, or one of the events is another value. True if any has risen.
  bool Receive(EventList events);

  // In the order of creation.
  EventList EventsFor(std::string_view api_version) const;
  std::int64_t IncarnationFor(std::string_view api_version) const;

  const EventList& events() const { return events_; }
  const std::vector<std::int64_t>& incarnations() const { return incarnations_; }

 private:
  std::vector<std::int64_t> incarnations_;  // as EventTypeVersions()
  EventList events_;
};

// Every machine that sees an event that has not ended, with all that it sees, in the order of their
// creation. An event is seen by the machines that it is about, and by all that are in a placement
// group with one of them. REQUIRES: the snapshot has every machine that such an event is about.
std::vector<std::pair<std::shared_ptr<const MachineEntry>, EventList>> DistributeEvents(
    const Snapshot& snapshot);

// The same question about one, whether it has ended or not.
bool SeesEvent(const Snapshot& snapshot, const MachineEntry& machine, const ScheduledEvent& event);

}  // namespace openimds
