// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/scheduled_event.h"
#include "registry/event_inbox.h"
#include "store/store.h"

// Scheduled events as records of the store, and how often what a machine sees of them has changed.
// As strict as records.h.
namespace openimds {

inline constexpr std::string_view kEventKind = "scheduled_event";  // by its id
inline constexpr std::string_view kInboxKind = "event_inbox";      // by its machine's key

Change RenderEvent(const ScheduledEvent& event);
Result<ScheduledEvent> ParseEvent(const Record& record);

// Without the events in it: they follow from all events and machines.
Change RenderInbox(const ResourceId& machine, const EventInbox& inbox);
Result<EventInbox> ParseInbox(const Record& record);

}  // namespace openimds
