// SPDX-License-Identifier: Apache-2.0
#include "registry/event_inbox.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>

#include "model/scale_set.h"
#include "registry/snapshot.h"

namespace openimds {
namespace {

EventList ShownBy(std::string_view api_version, const EventList& events) {
  EventList shown;
  for (const auto& event : events) {
    if (FactsOf(event->type).since <= api_version) shown.push_back(event);
  }
  return shown;
}

EventList InOrder(const Snapshot& snapshot) {
  EventList events;
  for (const auto& [id, event] : snapshot.events) {
    if (!event->has_ended()) events.push_back(event);
  }
  std::sort(events.begin(), events.end(), [](const auto& a, const auto& b) {
    return std::tie(a->created, a->id) < std::tie(b->created, b->id);
  });
  return events;
}

using MachineEntries = std::vector<std::shared_ptr<const MachineEntry>>;

std::unordered_map<std::string, MachineEntries> PlacementGroups(const Snapshot& snapshot) {
  std::unordered_map<std::string, MachineEntries> groups;
  for (const auto& [key, entry] : snapshot.machines) {
    std::string group = PlacementGroupKeyOf(*entry->machine);
    if (!group.empty()) groups[std::move(group)].push_back(entry);
  }
  return groups;
}

}  // namespace

bool EventInbox::Receive(EventList events) {
  bool any = false;
  for (std::size_t i = 0; i < incarnations_.size(); ++i) {
    const std::string_view version = EventTypeVersions()[i];
    if (ShownBy(version, events) == ShownBy(version, events_)) continue;
    ++incarnations_[i];
    any = true;
  }
  events_ = std::move(events);
  return any;
}

EventList EventInbox::EventsFor(std::string_view api_version) const {
  return ShownBy(api_version, events_);
}

std::int64_t EventInbox::IncarnationFor(std::string_view api_version) const {
  return incarnations_[EventTypeVersionOf(api_version)];
}

std::vector<std::pair<std::shared_ptr<const MachineEntry>, EventList>> DistributeEvents(
    const Snapshot& snapshot) {
  const EventList events = InOrder(snapshot);
  if (events.empty()) return {};
  const auto groups = PlacementGroups(snapshot);
  std::map<std::shared_ptr<const MachineEntry>, EventList> seen;
  for (const auto& event : events) {
    std::set<std::shared_ptr<const MachineEntry>> audience;
    for (const ResourceId& id : event->machines) {
      const auto& entry = snapshot.machines.find(id.key())->second;
      audience.insert(entry);
      const auto group = groups.find(PlacementGroupKeyOf(*entry->machine));
      if (group != groups.end()) audience.insert(group->second.begin(), group->second.end());
    }
    for (const auto& entry : audience) seen[entry].push_back(event);
  }
  return {seen.begin(), seen.end()};
}

bool SeesEvent(const Snapshot& snapshot, const MachineEntry& machine, const ScheduledEvent& event) {
  if (event.IsAbout(machine.machine->id)) return true;
  const std::string group = PlacementGroupKeyOf(*machine.machine);
  if (group.empty()) return false;
  return std::any_of(event.machines.begin(), event.machines.end(), [&](const ResourceId& id) {
    const auto found = snapshot.machines.find(id.key());
    return found != snapshot.machines.end() &&
           PlacementGroupKeyOf(*found->second->machine) == group;
  });
}

}  // namespace openimds
