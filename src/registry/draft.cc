// SPDX-License-Identifier: Apache-2.0
#include "registry/draft.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/reasons.h"
#include "base/text.h"
#include "registry/records.h"

namespace openimds {
namespace {

constexpr std::int64_t kMustNotExist = 0;  // as an expected revision
constexpr std::size_t kMaxLocationBytes = 90;

tl::unexpected<Error> NotFound(std::string_view what, const ResourceId& id) {
  return Fail(ErrorKind::kNotFound, reasons::kNotFound,
              "there is no " + std::string(what) + " '" + id.text() + "'");
}

tl::unexpected<Error> Exists(std::string_view what, const ResourceId& id) {
  return Fail(ErrorKind::kConflict, reasons::kExists,
              std::string(what) + " '" + id.text() + "' exists already");
}

// `/subscriptions/{}/resourceGroups/{}/providers/{}/{}/{}`: one resource, not a child of one.
Result<void> CheckType(const ResourceId& id, std::string_view type) {
  const bool direct = std::count(id.text().begin(), id.text().end(), '/') == 8;
  if (direct && EqualsIgnoringCase(id.type(), type)) return {};
  return Fail(ErrorKind::kInvalidRequest, reasons::kResourceIdInvalid,
              "expected the id of a " + std::string(type) + ", got '" + id.text() + "'");
}

Result<void> CheckLocation(std::string_view location) {
  const auto allowed = [](char c) {
    const char lower = ToLowerAscii(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == ' ' || c == '-';
  };
  const bool good = !location.empty() && location.size() <= kMaxLocationBytes &&
                    std::all_of(location.begin(), location.end(), allowed);
  if (good) return {};
  return Fail(ErrorKind::kInvalidRequest, reasons::kNameInvalid,
              "expected a location of 1 to 90 letters, digits, spaces or '-', got '" +
                  std::string(location.substr(0, kMaxLocationBytes)) + "'");
}

}  // namespace

Result<void> Draft::AddTenant(Tenant tenant) {
  if (next_->tenants.contains(tenant.id)) {
    return Fail(ErrorKind::kConflict, reasons::kExists,
                "tenant '" + tenant.id.ToString() + "' exists already");
  }
  Write(RenderChange(tenant), kMustNotExist);
  next_->tenants.emplace(tenant.id, std::move(tenant));
  return {};
}

Result<void> Draft::AddSubscription(Subscription subscription) {
  if (next_->subscriptions.contains(subscription.id.key())) {
    return Exists("subscription", subscription.id);
  }
  Write(RenderChange(subscription), kMustNotExist);
  next_->subscriptions.emplace(subscription.id.key(), std::move(subscription));
  return {};
}

Result<ResourceGroup> Draft::AddResourceGroup(const ResourceId& id, std::string_view location) {
  if (id.resource_group().empty() || !(id == id.ResourceGroupId())) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kResourceIdInvalid,
                "expected the id of a resource group, got '" + id.text() + "'");
  }
  TRY_VOID(CheckLocation(location));
  TRY_VOID(GetSubscription(id));
  if (next_->resource_groups.contains(id.key())) return Exists("resource group", id);
  const ResourceGroup group{id, std::string(location)};
  Write(RenderChange(group), kMustNotExist);
  next_->resource_groups.emplace(id.key(), group);
  return group;
}

// Tokens are kept by vmId, so no two machines may have one.
Result<Guid> Draft::FreeVmId(const Guid& asked) const {
  if (asked == Guid()) return Guid::Random();
  for (const auto& [key, entry] : next_->machines) {
    if (entry->machine->vm_id != asked) continue;
    return Fail(ErrorKind::kConflict, reasons::kExists,
                "machine '" + entry->machine->id.text() + "' has the vmId '" + asked.ToString() +
                    "' already");
  }
  return asked;
}

Result<Machine> Draft::AddMachine(Machine machine) {
  TRY_VOID(CheckType(machine.id, kVirtualMachineType));
  TRY_VOID(CheckLocation(machine.location));
  if (next_->machines.contains(machine.id.key())) return Exists("machine", machine.id);
  TRY_VOID(EnsureResourceGroup(machine.id, machine.location));
  TRY(machine.vm_id, FreeVmId(machine.vm_id));
  if (machine.system_assigned) {
    TRY(machine.system_assigned, WithGuids(*std::move(machine.system_assigned)));
  }
  Write(RenderChange(machine), kMustNotExist);
  next_->AddMachine(MakeMachineEntry(machine, {}));
  return machine;
}

Result<Identity> Draft::AddIdentity(Identity identity) {
  TRY_VOID(CheckType(identity.id, kUserAssignedIdentityType));
  TRY_VOID(CheckLocation(identity.location));
  if (next_->identities.contains(identity.id.key())) return Exists("identity", identity.id);
  identity.kind = IdentityKind::kUserAssigned;
  TRY_VOID(EnsureResourceGroup(identity.id, identity.location));
  TRY(identity, WithGuids(std::move(identity)));
  Write(RenderChange(identity), kMustNotExist);
  next_->AddIdentity(std::make_shared<Identity>(identity));
  return identity;
}

Result<void> Draft::EditProfile(const ResourceId& machine,
                                const std::function<Result<void>(MachineProfile&)>& edit) {
  TRY(const auto entry, GetMachine(machine));
  Machine changed = *entry->machine;
  MachineProfile profile = changed.profile ? *changed.profile : MachineProfile();
  TRY_VOID(edit(profile));
  changed.profile = std::make_shared<const MachineProfile>(std::move(profile));
  WriteMachine(std::move(changed), entry->user_assigned);
  return {};
}

Result<void> Draft::RemoveMachine(const ResourceId& id) {
  TRY(const auto entry, GetMachine(id));
  const bool own = !entry->machine->id.IsInstance();
  if (own && entry->system_assigned) ForgetCredentials(*entry->system_assigned);
  ForgetAttachments(*entry->machine);
  RemoveFromEvents(entry->machine->id);
  RemoveDocuments(id);
  Delete(kMachineKind, id.key());
  next_->RemoveMachine(id);
  return {};
}

Result<void> Draft::RemoveIdentity(const ResourceId& id) {
  TRY(const auto identity, GetIdentity(id));
  for (const auto& [key, entry] : next_->machines) {
    if (!entry->by_resource_id.contains(id.key())) continue;
    return Fail(
        ErrorKind::kConflict, reasons::kInUse,
        "identity '" + id.text() + "' is assigned to machine '" + entry->machine->id.text() + "'");
  }
  for (const auto& [key, scale_set] : next_->scale_sets) {
    const auto& its = scale_set->user_assigned;
    if (std::find(its.begin(), its.end(), id) == its.end()) continue;
    return Fail(
        ErrorKind::kConflict, reasons::kInUse,
        "identity '" + id.text() + "' is assigned to scale set '" + scale_set->id.text() + "'");
  }
  ForgetCredentials(*identity);
  RemoveDocuments(id);
  Delete(kIdentityKind, id.key());
  next_->RemoveIdentity(id);
  return {};
}

Result<void> Draft::AssignIdentity(const ResourceId& machine, const ResourceId& identity) {
  TRY(const auto entry, GetFreeMachine(machine));
  TRY(const auto assigned, GetIdentity(identity));
  if (entry->by_resource_id.contains(assigned->id.key())) return {};
  TRY_VOID(CheckIdentityCount(entry->machine->id, entry->user_assigned.size() + 1));
  Machine changed = *entry->machine;
  changed.user_assigned.push_back(assigned->id);
  auto user_assigned = entry->user_assigned;
  user_assigned.push_back(assigned);
  WriteMachine(std::move(changed), std::move(user_assigned));
  return {};
}

Result<void> Draft::RemoveIdentity(const ResourceId& machine, const ResourceId& identity) {
  TRY(const auto entry, GetFreeMachine(machine));
  Machine changed = *entry->machine;
  if (std::erase(changed.user_assigned, identity) == 0) {
    return Fail(
        ErrorKind::kNotFound, reasons::kNotFound,
        "machine '" + machine.text() + "' does not have identity '" + identity.text() + "'");
  }
  auto user_assigned = entry->user_assigned;
  std::erase_if(user_assigned, [&](const auto& one) { return one->id == identity; });
  WriteMachine(std::move(changed), std::move(user_assigned));
  return {};
}

Result<Identity> Draft::EnableSystemAssigned(const ResourceId& machine, const Guid& client_id,
                                             const Guid& principal_id) {
  TRY(const auto entry, GetFreeMachine(machine));
  if (entry->system_assigned) return Exists("system-assigned identity of", entry->machine->id);
  Machine changed = *entry->machine;
  TRY(const Identity identity, WithGuids({IdentityKind::kSystemAssigned, changed.id,
                                          changed.location, Guid(), client_id, principal_id}));
  changed.system_assigned = identity;
  WriteMachine(std::move(changed), entry->user_assigned);
  return identity;
}

Result<void> Draft::DisableSystemAssigned(const ResourceId& machine) {
  TRY(const auto entry, GetFreeMachine(machine));
  if (!entry->system_assigned) return NotFound("system-assigned identity of", entry->machine->id);
  ForgetCredentials(*entry->system_assigned);
  Machine changed = *entry->machine;
  changed.system_assigned.reset();
  WriteMachine(std::move(changed), entry->user_assigned);
  return {};
}

Result<const Subscription*> Draft::GetSubscription(const ResourceId& id) const {
  TRY(const ResourceId subscription, ResourceId::ForSubscription(id.subscription()));
  const auto found = next_->subscriptions.find(subscription.key());
  if (found == next_->subscriptions.end()) return NotFound("subscription", subscription);
  return &found->second;
}

Result<std::shared_ptr<const MachineEntry>> Draft::GetMachine(const ResourceId& id) const {
  const auto found = next_->machines.find(id.key());
  if (found == next_->machines.end()) return NotFound("machine", id);
  return found->second;
}

Result<std::shared_ptr<const Identity>> Draft::GetIdentity(const ResourceId& id) const {
  const auto found = next_->identities.find(id.key());
  if (found == next_->identities.end()) return NotFound("identity", id);
  return found->second;
}

Result<void> Draft::EnsureResourceGroup(const ResourceId& of, std::string_view location) {
  const ResourceId group = of.ResourceGroupId();
  if (next_->resource_groups.contains(group.key())) return {};
  TRY_VOID(AddResourceGroup(group, location));
  return {};
}

Result<Identity> Draft::WithGuids(Identity identity) const {
  TRY(const Subscription* subscription, GetSubscription(identity.id));
  if (identity.tenant_id == Guid()) identity.tenant_id = subscription->tenant_id;
  if (identity.tenant_id != subscription->tenant_id) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kArgumentInvalid,
                "expected the tenant of subscription '" + subscription->id.text() + "', got '" +
                    identity.tenant_id.ToString() + "'");
  }
  if (identity.client_id == Guid()) identity.client_id = Guid::Random();
  if (identity.principal_id == Guid()) identity.principal_id = Guid::Random();
  TRY_VOID(CheckUnique(identity));
  return identity;
}

Result<void> Draft::CheckUnique(const Identity& identity) const {
  auto clash = next_->FindByClientId(identity.client_id);
  if (!clash) clash = next_->FindByPrincipalId(identity.principal_id);
  if (!clash) return {};
  return Fail(ErrorKind::kConflict, reasons::kExists,
              "the identity of '" + clash->id.text() + "' has that client id or object id already");
}

void Draft::Write(Change change, std::optional<std::int64_t> expected) {
  change.expected = expected;
  batch_.push_back(std::move(change));
}

void Draft::Delete(std::string_view kind, const std::string& key) {
  batch_.push_back({std::string(kind), key, std::nullopt, std::nullopt});
}

void Draft::WriteMachine(Machine machine,
                         std::vector<std::shared_ptr<const Identity>> user_assigned) {
  Write(RenderChange(machine));
  next_->RemoveMachine(machine.id);
  next_->AddMachine(MakeMachineEntry(std::move(machine), std::move(user_assigned)));
}

}  // namespace openimds
