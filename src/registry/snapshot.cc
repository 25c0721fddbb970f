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

// A name has no slash, a key begins with one.
std::string NameKey(const ResourceId& id) { return LowerAscii(id.name()) + id.key(); }

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

void Snapshot::Index(const std::shared_ptr<const Identity>& identity) {
  if (!identity) return;
  by_client_id.insert_or_assign(identity->client_id, identity);
  by_principal_id.insert_or_assign(identity->principal_id, identity);
}

void Snapshot::Unindex(const std::shared_ptr<const Identity>& identity) {
  if (!identity) return;
  by_client_id.erase(identity->client_id);
  by_principal_id.erase(identity->principal_id);
}

void Snapshot::AddMachine(std::shared_ptr<const MachineEntry> entry) {
  const ResourceId& id = entry->machine->id;
  if (!id.IsInstance()) Index(entry->system_assigned);
  machines_by_name.insert_or_assign(NameKey(id), entry);
  machines.insert_or_assign(id.key(), std::move(entry));
}

void Snapshot::RemoveMachine(const ResourceId& id) {
  const auto found = machines.find(id.key());
  if (found == machines.end()) return;
  const auto entry = found->second;
  if (!id.IsInstance()) Unindex(entry->system_assigned);
  machines_by_name.erase(NameKey(id));
  machines.erase(id.key());
}

void Snapshot::AddIdentity(std::shared_ptr<const Identity> identity) {
  Index(identity);
  const std::string key = identity->id.key();
  identities.insert_or_assign(key, std::move(identity));
}

void Snapshot::RemoveIdentity(const ResourceId& id) {
  const auto found = identities.find(id.key());
  if (found == identities.end()) return;
  Unindex(found->second);
  identities.erase(found);
}

void Snapshot::AddAdministrator(std::shared_ptr<const Identity> administrator) {
  Index(administrator);
  const std::string key = administrator->id.key();
  administrators.insert_or_assign(key, std::move(administrator));
}

void Snapshot::RemoveAdministrator(const ResourceId& id) {
  const auto found = administrators.find(id.key());
  if (found == administrators.end()) return;
  Unindex(found->second);
  administrators.erase(found);
}

void Snapshot::PutScaleSet(std::shared_ptr<const ScaleSet> scale_set) {
  RemoveScaleSet(scale_set->id);
  Index(SystemAssignedOf(scale_set));
  const std::string key = scale_set->id.key();
  scale_sets.insert_or_assign(key, std::move(scale_set));
}

void Snapshot::RemoveScaleSet(const ResourceId& id) {
  const auto found = scale_sets.find(id.key());
  if (found == scale_sets.end()) return;
  Unindex(SystemAssignedOf(found->second));
  scale_sets.erase(found);
}

std::shared_ptr<const MachineEntry> Snapshot::FindMachine(std::string_view name) const {
  if (IsResourceId(name)) {
    const auto found = machines.find(ResourceIdKey(name));
    return found == machines.end() ? nullptr : found->second;
  }
  const std::string prefix = LowerAscii(name) + "/";
  const auto first = machines_by_name.lower_bound(prefix);
  if (first == machines_by_name.end() || !first->first.starts_with(prefix)) return nullptr;
  const auto second = std::next(first);
  const bool only_one = second == machines_by_name.end() || !second->first.starts_with(prefix);
  return only_one ? first->second : nullptr;
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
  const auto found = by_client_id.find(client_id);
  return found == by_client_id.end() ? nullptr : found->second;
}

std::shared_ptr<const Identity> Snapshot::FindByPrincipalId(const Guid& principal_id) const {
  const auto found = by_principal_id.find(principal_id);
  return found == by_principal_id.end() ? nullptr : found->second;
}

std::shared_ptr<const ResourceDocument> Snapshot::FindDocument(std::string_view key) const {
  const auto found = documents.find(key);
  return found == documents.end() ? nullptr : found->second;
}

}  // namespace openimds
