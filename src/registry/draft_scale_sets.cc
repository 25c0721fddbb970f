// SPDX-License-Identifier: Apache-2.0
// The part of Draft that is about scale sets. An instance is a machine; what identities it has is
// said once, at its scale set.
#include <algorithm>
#include <string>
#include <utility>

#include "base/reasons.h"
#include "base/text.h"
#include "registry/draft.h"
#include "registry/records.h"
#include "registry/resource_records.h"

namespace openimds {

Result<std::shared_ptr<const MachineEntry>> Draft::GetFreeMachine(const ResourceId& id) const {
  TRY(auto entry, GetMachine(id));
  if (!entry->machine->id.IsInstance()) return entry;
  return Fail(ErrorKind::kInvalidRequest, reasons::kArgumentInvalid,
              "'" + id.text() + "' is an instance: its identities are those of its scale set");
}

Result<std::shared_ptr<const ScaleSet>> Draft::GetScaleSet(const ResourceId& id) const {
  const auto found = next_->scale_sets.find(id.key());
  if (found != next_->scale_sets.end()) return found->second;
  return Fail(ErrorKind::kNotFound, reasons::kNotFound,
              "there is no scale set '" + id.text() + "'");
}

std::vector<ResourceId> Draft::InstancesOf(const ResourceId& scale_set) const {
  const std::string inside = scale_set.key() + "/";
  std::vector<ResourceId> instances;
  const auto& machines = next_->machines;
  for (auto at = machines.lower_bound(inside);
       at != machines.end() && at->first.starts_with(inside); ++at) {
    instances.push_back(at->second->machine->id);
  }
  std::sort(instances.begin(), instances.end(), [](const ResourceId& a, const ResourceId& b) {
    return ParseDecimal(a.name()).value_or(0) < ParseDecimal(b.name()).value_or(0);
  });
  return instances;
}

Result<ScaleSet> Draft::AddScaleSet(const ResourceId& id, std::string_view location) {
  const bool direct = std::count(id.text().begin(), id.text().end(), '/') == 8;
  if (!direct || !EqualsIgnoringCase(id.type(), kScaleSetType)) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kResourceIdInvalid,
                "expected the id of a scale set, got '" + id.text() + "'");
  }
  if (next_->scale_sets.contains(id.key())) {
    return Fail(ErrorKind::kConflict, reasons::kExists,
                "scale set '" + id.text() + "' exists already");
  }
  TRY_VOID(EnsureResourceGroup(id, location));
  ScaleSet made{id, std::string(location), std::nullopt, {}};
  Write(RenderChange(made), 0);
  next_->PutScaleSet(std::make_shared<const ScaleSet>(made));
  return made;
}

Result<void> Draft::RemoveScaleSet(const ResourceId& id) {
  TRY(const auto scale_set, GetScaleSet(id));
  for (const ResourceId& instance : InstancesOf(id)) TRY_VOID(RemoveMachine(instance));
  if (scale_set->system_assigned) ForgetCredentials(*scale_set->system_assigned);
  RemoveDocuments(id);
  Delete(kScaleSetKind, id.key());
  next_->RemoveScaleSet(id);
  return {};
}

Result<void> Draft::SetScaleSetIdentities(const ResourceId& id, bool system_assigned,
                                          const std::vector<ResourceId>& user_assigned) {
  TRY(const auto scale_set, GetScaleSet(id));
  TRY_VOID(CheckIdentityCount(scale_set->id, user_assigned.size()));
  ScaleSet changed = *scale_set;
  changed.user_assigned.clear();
  for (const ResourceId& one : user_assigned) {
    TRY(const auto identity, GetIdentity(one));
    changed.user_assigned.push_back(identity->id);
  }
  if (!system_assigned && changed.system_assigned) {
    ForgetCredentials(*changed.system_assigned);
    changed.system_assigned.reset();
  } else if (system_assigned && !changed.system_assigned) {
    TRY(changed.system_assigned, WithGuids({IdentityKind::kSystemAssigned, changed.id,
                                            changed.location, Guid(), Guid(), Guid()}));
  }
  Write(RenderChange(changed));
  next_->PutScaleSet(std::make_shared<const ScaleSet>(changed));
  for (const ResourceId& instance : InstancesOf(id)) {
    Machine machine = *next_->machines.find(instance.key())->second->machine;
    next_->RemoveMachine(instance);
    next_->AddMachine(next_->MakeInstanceEntry(std::move(machine)));
  }
  return {};
}

Result<void> Draft::SetCapacity(const ResourceId& id, std::size_t instances) {
  TRY(const auto scale_set, GetScaleSet(id));
  std::vector<ResourceId> now = InstancesOf(id);
  for (; now.size() > instances; now.pop_back()) TRY_VOID(RemoveMachine(now.back()));
  for (std::size_t number = 0, count = now.size(); count < instances; ++number) {
    TRY(const ResourceId one,
        ResourceId::Parse(scale_set->id.text() + "/virtualMachines/" + std::to_string(number)));
    if (next_->machines.contains(one.key())) continue;
    const Machine machine{one, scale_set->location, Guid::Random(), std::nullopt, {}};
    Write(RenderChange(machine), 0);
    next_->AddMachine(next_->MakeInstanceEntry(machine));
    ++count;
  }
  return {};
}

}  // namespace openimds
