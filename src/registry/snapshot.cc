// SPDX-License-Identifier: Apache-2.0
#include "registry/snapshot.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.h"

namespace openimds {
namespace {

// Shares the scale set: nothing is copied. Null if it has none.
std::shared_ptr<const Identity> SystemAssignedOf(const std::shared_ptr<const ScaleSet>& scale_set) {
  if (!scale_set->system_assigned) return nullptr;
  return {scale_set, &*scale_set->system_assigned};
}

bool IsResourceId(std::string_view name) { return name.find('/') != std::string_view::npos; }

}  // namespace

std::shared_ptr<const MachineEntry> MakeMachineEntry(
    Machine machine, std::vector<std::shared_ptr<const Identity>> user_assigned) {
  auto entry = std::make_shared<MachineEntry>();
  const std::size_t count = user_assigned.size() + 1;
  entry->by_client_id.reserve(count);
  entry->by_principal_id.reserve(count);
  entry->by_resource_id.reserve(count);
  const auto add = [&entry](const std::shared_ptr<const Identity>& identity) {
    entry->by_client_id.emplace(identity->client_id, identity);
    entry->by_principal_id.emplace(identity->principal_id, identity);
    entry->by_resource_id.emplace(identity->id.key(), identity);
  };
  if (machine.system_assigned) {
    entry->system_assigned = std::make_shared<Identity>(*machine.system_assigned);
    add(entry->system_assigned);
  }
  for (const auto& identity : user_assigned) add(identity);
  entry->user_assigned = std::move(user_assigned);
  entry->machine = std::make_shared<Machine>(std::move(machine));
  return entry;
}

std::string ResourceIdKey(std::string_view text) {
  std::string key = LowerAscii(text);
  if (!key.empty() && key.front() != '/') key.insert(key.begin(), '/');
  return key;
}

std::shared_ptr<const MachineEntry> Snapshot::MakeInstanceEntry(Machine machine) const {
  const auto& scale_set = scale_sets.find(machine.id.ScaleSetId().key())->second;
  machine.system_assigned = scale_set->system_assigned;
  machine.user_assigned = scale_set->user_assigned;
  std::vector<std::shared_ptr<const Identity>> user_assigned;
  user_assigned.reserve(machine.user_assigned.size());
  for (const ResourceId& id : machine.user_assigned) {
    user_assigned.push_back(identities.find(id.key())->second);
  }
  return MakeMachineEntry(std::move(machine), std::move(user_assigned));
}

void Snapshot::AddMachine(std::shared_ptr<const MachineEntry> entry) {
  const ResourceId& id = entry->machine->id;
  machines_by_name.emplace(LowerAscii(id.name()), entry);
  machines.emplace(id.key(), std::move(entry));
}

void Snapshot::RemoveMachine(const ResourceId& id) {
  const auto [begin, end] = machines_by_name.equal_range(LowerAscii(id.name()));
  for (auto named = begin; named != end; ++named) {
    if (!(named->second->machine->id == id)) continue;
    machines_by_name.erase(named);
    break;
  }
  machines.erase(id.key());
}

std::shared_ptr<const MachineEntry> Snapshot::FindMachine(std::string_view name) const {
  if (IsResourceId(name)) {
    const auto found = machines.find(ResourceIdKey(name));
    return found == machines.end() ? nullptr : found->second;
  }
  const auto [begin, end] = machines_by_name.equal_range(LowerAscii(name));
  const bool only_one = begin != end && std::next(begin) == end;
  return only_one ? begin->second : nullptr;
}

std::shared_ptr<const Identity> Snapshot::FindIdentity(std::string_view name) const {
  if (IsResourceId(name)) {
    const auto found = identities.find(ResourceIdKey(name));
    return found == identities.end() ? nullptr : found->second;
  }
  std::shared_ptr<const Identity> only;
  for (const auto& [key, identity] : identities) {
    if (!EqualsIgnoringCase(identity->id.name(), name)) continue;
    if (only) return nullptr;
    only = identity;
  }
  return only;
}

std::shared_ptr<const Identity> Snapshot::FindAnyIdentity(std::string_view key) const {
  const auto identity = identities.find(key);
  if (identity != identities.end()) return identity->second;
  const auto administrator = administrators.find(key);
  if (administrator != administrators.end()) return administrator->second;
  const auto scale_set = scale_sets.find(key);
  if (scale_set != scale_sets.end()) return SystemAssignedOf(scale_set->second);
  const auto machine = machines.find(key);
  return machine == machines.end() ? nullptr : machine->second->system_assigned;
}

std::shared_ptr<const Identity> Snapshot::FindIdentityWith(Guid Identity::*member,
                                                           const Guid& id) const {
  for (const auto* map : {&administrators, &identities}) {
    for (const auto& [key, identity] : *map) {
      if ((*identity).*member == id) return identity;
    }
  }
  for (const auto& [key, scale_set] : scale_sets) {
    const auto identity = SystemAssignedOf(scale_set);
    if (identity && (*identity).*member == id) return identity;
  }
  for (const auto& [key, entry] : machines) {
    const auto& identity = entry->system_assigned;
    if (identity && (*identity).*member == id) return identity;
  }
  return nullptr;
}

EventList Snapshot::DueEvents(Time now) const {
  EventList due;
  for (const auto& [id, event] : events) {
    if (event->IsDue(now)) due.push_back(event);
  }
  return due;
}

std::optional<Time> Snapshot::NextEventDue() const {
  std::optional<Time> next;
  for (const auto& [id, event] : events) {
    if (event->status != EventStatus::kScheduled) continue;
    next = std::min(next.value_or(event->not_before), event->not_before);
  }
  return next;
}

const EventInbox& Snapshot::InboxOf(const ResourceId& machine) const {
  static const EventInbox empty;
  const auto found = inboxes.find(machine.key());
  return found == inboxes.end() ? empty : *found->second;
}

std::shared_ptr<const Identity> Snapshot::FindByClientId(const Guid& client_id) const {
  return FindIdentityWith(&Identity::client_id, client_id);
}

std::shared_ptr<const Identity> Snapshot::FindByPrincipalId(const Guid& principal_id) const {
  return FindIdentityWith(&Identity::principal_id, principal_id);
}

std::shared_ptr<const ResourceDocument> Snapshot::FindDocument(std::string_view key) const {
  const auto found = documents.find(key);
  return found == documents.end() ? nullptr : found->second;
}

}  // namespace openimds
