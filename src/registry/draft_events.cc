// SPDX-License-Identifier: Apache-2.0
// The part of Draft that is about scheduled events.
#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/reasons.h"
#include "registry/draft.h"
#include "registry/event_records.h"

namespace openimds {
namespace {

// How long an event that has ended is remembered, so that a late approval finds it, and how many.
constexpr std::chrono::hours kMemory{24};
constexpr std::size_t kMostRemembered = 1000;
constexpr std::size_t kMostAtOnce = 500;

std::size_t CountEnded(const Snapshot& snapshot) {
  return static_cast<std::size_t>(
      std::count_if(snapshot.events.begin(), snapshot.events.end(),
                    [](const auto& entry) { return entry.second->has_ended(); }));
}

}  // namespace

Result<ScheduledEvent> Draft::AddEvent(ScheduledEvent event) {
  TRY_VOID(CheckEvent(event));
  for (const ResourceId& id : event.machines) TRY_VOID(GetMachine(id));
  if (event.id == Guid()) event.id = Guid::Random();
  // As the store will give them back: the order of events follows from it.
  event.created = std::chrono::floor<std::chrono::seconds>(event.created);
  event.not_before = std::chrono::ceil<std::chrono::seconds>(event.not_before);
  if (next_->events.contains(event.id)) {
    return Fail(ErrorKind::kConflict, reasons::kExists,
                "event '" + event.id.ToString() + "' exists already");
  }
  if (next_->events.size() - CountEnded(*next_) >= kMostAtOnce) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kLimitReached,
                "there are " + std::to_string(kMostAtOnce) +
                    " events that have not ended, the most that there may be");
  }
  ForgetEndedEvents(event.created);
  WriteEvent(event);
  return event;
}

Result<ScheduledEvent> Draft::EditEvent(const Guid& id,
                                        const std::function<Result<bool>(ScheduledEvent&)>& edit) {
  const auto found = next_->events.find(id);
  if (found == next_->events.end()) {
    return Fail(ErrorKind::kNotFound, reasons::kNotFound,
                "there is no event '" + id.ToString() + "'");
  }
  ScheduledEvent event = *found->second;
  TRY(const bool changed, edit(event));
  if (changed) WriteEvent(event);
  return event;
}

Result<void> Draft::ApproveEvents(const ResourceId& machine, std::span<const Guid> events,
                                  Time now) {
  TRY(const auto entry, GetMachine(machine));
  for (const Guid& id : events) {
    const auto found = next_->events.find(id);
    if (found == next_->events.end() || !SeesEvent(*next_, *entry, *found->second)) {
      return Fail(ErrorKind::kInvalidRequest, reasons::kEventUnknown,
                  "EventId '" + id.ToString() + "' is not a valid event of this machine");
    }
    ScheduledEvent event = *found->second;
    if (StartEvent(&event, now, entry->machine->id.text())) WriteEvent(std::move(event));
  }
  return {};
}

void Draft::StartDueEvents(Time now) {
  for (const EventList due = next_->DueEvents(now); const auto& event : due) {
    ScheduledEvent started = *event;
    StartEvent(&started, now, "time");
    WriteEvent(std::move(started));
  }
  if (!batch_.empty()) ForgetEndedEvents(now);
}

// With its last machine an event goes; a machine made again under the name is not its machine.
void Draft::RemoveFromEvents(const ResourceId& machine) {
  if (next_->inboxes.erase(machine.key()) > 0) Delete(kInboxKind, machine.key());
  const auto events = next_->events;
  for (const auto& [id, event] : events) {
    if (!event->IsAbout(machine)) continue;
    ScheduledEvent without = *event;
    std::erase(without.machines, machine);
    if (!without.machines.empty()) {
      WriteEvent(std::move(without));
      continue;
    }
    Delete(kEventKind, id.ToString());
    next_->events.erase(id);
  }
}

void Draft::DeliverEvents() {
  if (next_->events.empty() && next_->inboxes.empty()) return;
  std::set<std::string_view> receivers;
  for (auto& [entry, events] : DistributeEvents(*next_)) {
    receivers.insert(entry->machine->id.key());
    Deliver(entry->machine->id, std::move(events));
  }
  for (const auto& [key, inbox] : next_->inboxes) {
    if (!receivers.contains(key)) Deliver(next_->machines.find(key)->second->machine->id, {});
  }
}

void Draft::Deliver(const ResourceId& machine, EventList events) {
  const auto found = next_->inboxes.find(machine.key());
  auto inbox =
      std::make_shared<EventInbox>(found == next_->inboxes.end() ? EventInbox() : *found->second);
  if (!inbox->Receive(std::move(events))) return;
  Write(RenderInbox(machine, *inbox));
  next_->inboxes.insert_or_assign(machine.key(), std::move(inbox));
}

void Draft::WriteEvent(ScheduledEvent event) {
  Write(RenderEvent(event));
  const Guid id = event.id;
  next_->events.insert_or_assign(id, std::make_shared<const ScheduledEvent>(std::move(event)));
}

void Draft::ForgetEndedEvents(Time now) {
  EventList ended;
  for (const auto& [id, event] : next_->events) {
    if (event->has_ended()) ended.push_back(event);
  }
  std::sort(ended.begin(), ended.end(),
            [](const auto& a, const auto& b) { return *a->ended > *b->ended; });
  for (std::size_t i = 0; i < ended.size(); ++i) {
    if (i < kMostRemembered && now - *ended[i]->ended <= kMemory) continue;
    Delete(kEventKind, ended[i]->id.ToString());
    next_->events.erase(ended[i]->id);
  }
}

}  // namespace openimds
