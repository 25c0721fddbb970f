// SPDX-License-Identifier: Apache-2.0
// The part of Draft that the resource manager needs: many things at once, and what only it keeps.
#include <algorithm>
#include <string>
#include <utility>

#include "base/reasons.h"
#include "base/text.h"
#include "model/machine_extension.h"
#include "registry/draft.h"
#include "registry/records.h"
#include "registry/resource_records.h"

namespace openimds {
namespace {

// The entries of a map whose keys begin with `prefix`, as a list that survives changes of the map.
template <class Map>
std::vector<typename Map::mapped_type> ValuesUnder(const Map& map, const std::string& prefix) {
  std::vector<typename Map::mapped_type> values;
  for (auto at = map.lower_bound(prefix); at != map.end() && at->first.starts_with(prefix); ++at) {
    values.push_back(at->second);
  }
  return values;
}

bool IsManagedIdentityExtension(const ResourceDocument& document) {
  return IsExtension(document.id) && FactsOf(document).is_managed_identity;
}

}  // namespace

std::size_t Draft::MostIdentities(const ResourceId& of) const {
  bool with_extension = false;
  for (const auto& one : ValuesUnder(next_->documents, of.key() + "/extensions/")) {
    with_extension = with_extension || IsManagedIdentityExtension(*one);
  }
  if (const auto scale_set = next_->FindDocument(of.key()); next_->scale_sets.contains(of.key())) {
    for (const auto& one : ModelExtensions(scale_set ? scale_set->body : boost::json::object{})) {
      with_extension = with_extension || FactsOf(one.properties).is_managed_identity;
    }
  }
  return with_extension
             ? std::min(limits_.user_assigned_with_extension, limits_.user_assigned_per_machine)
             : limits_.user_assigned_per_machine;
}

Result<void> Draft::CheckIdentityCount(const ResourceId& of, std::size_t wanted) const {
  const std::size_t most = MostIdentities(of);
  if (wanted <= most) return {};
  const bool by_extension = most < limits_.user_assigned_per_machine;
  return Fail(ErrorKind::kInvalidRequest, reasons::kLimitReached,
              "'" + of.text() + "' may have at most " + std::to_string(most) +
                  " user-assigned identities" +
                  (by_extension ? " while the managed-identity extension serves it" : "") +
                  ", got " + std::to_string(wanted));
}

Result<void> Draft::CheckIdentityLimit(const ResourceId& of) const {
  if (const auto found = next_->scale_sets.find(of.key()); found != next_->scale_sets.end()) {
    return CheckIdentityCount(of, found->second->user_assigned.size());
  }
  TRY(const auto entry, GetMachine(of));
  return CheckIdentityCount(of, entry->user_assigned.size());
}

Result<void> Draft::SetIdentities(const ResourceId& machine, bool system_assigned,
                                  const std::vector<ResourceId>& user_assigned) {
  TRY(const auto entry, GetFreeMachine(machine));
  TRY_VOID(CheckIdentityCount(entry->machine->id, user_assigned.size()));
  Machine changed = *entry->machine;
  changed.user_assigned.clear();
  std::vector<std::shared_ptr<const Identity>> found;
  for (const ResourceId& id : user_assigned) {
    TRY(auto identity, GetIdentity(id));
    changed.user_assigned.push_back(identity->id);
    found.push_back(std::move(identity));
  }
  if (!system_assigned && entry->system_assigned) {
    ForgetCredentials(*entry->system_assigned);
    changed.system_assigned.reset();
  }
  if (system_assigned && !entry->system_assigned) {
    TRY(changed.system_assigned, WithGuids({IdentityKind::kSystemAssigned, changed.id,
                                            changed.location, Guid(), Guid(), Guid()}));
  }
  WriteMachine(std::move(changed), std::move(found));
  return {};
}

Result<void> Draft::DetachEverywhere(const ResourceId& identity) {
  std::vector<ResourceId> machines;
  for (const auto& [key, entry] : next_->machines) {
    const bool its_own =
        !entry->machine->id.IsInstance() && entry->by_resource_id.contains(identity.key());
    if (its_own) machines.push_back(entry->machine->id);
  }
  for (const ResourceId& machine : machines) TRY_VOID(RemoveIdentity(machine, identity));
  const auto scale_sets = next_->scale_sets;  // a copy: what follows changes the map
  for (const auto& [key, scale_set] : scale_sets) {
    auto rest = scale_set->user_assigned;
    if (std::erase(rest, identity) == 0) continue;
    TRY_VOID(SetScaleSetIdentities(scale_set->id, scale_set->system_assigned.has_value(), rest));
  }
  return {};
}

Result<void> Draft::RemoveResourceGroup(const ResourceId& id) {
  if (!next_->resource_groups.contains(id.key())) {
    return Fail(ErrorKind::kNotFound, reasons::kNotFound,
                "there is no resource group '" + id.text() + "'");
  }
  const std::string inside = id.key() + "/";
  for (const auto& scale_set : ValuesUnder(next_->scale_sets, inside)) {
    TRY_VOID(RemoveScaleSet(scale_set->id));
  }
  for (const auto& entry : ValuesUnder(next_->machines, inside)) {
    TRY_VOID(RemoveMachine(entry->machine->id));
  }
  for (const auto& identity : ValuesUnder(next_->identities, inside)) {
    TRY_VOID(DetachEverywhere(identity->id));
    TRY_VOID(RemoveIdentity(identity->id));
  }
  RemoveDocuments(id);
  Delete(kResourceGroupKind, id.key());
  next_->resource_groups.erase(id.key());
  return {};
}

Result<void> Draft::PutDocument(ResourceDocument document) {
  const std::string_view group = document.id.resource_group();
  if (group.empty() || !next_->resource_groups.contains(document.id.ResourceGroupId().key())) {
    return Fail(ErrorKind::kNotFound, reasons::kNotFound,
                "there is no resource group '" + std::string(group) + "'");
  }
  Write(RenderChange(document));
  const std::string key = document.id.key();
  next_->documents.insert_or_assign(key,
                                    std::make_shared<const ResourceDocument>(std::move(document)));
  return {};
}

void Draft::RemoveDocuments(const ResourceId& id) {
  auto gone = ValuesUnder(next_->documents, id.key() + "/");
  if (auto own = next_->FindDocument(id.key())) gone.push_back(std::move(own));
  for (const auto& document : gone) {
    Delete(kDocumentKind, document->id.key());
    next_->documents.erase(document->id.key());
  }
}

Result<void> Draft::AddRoleAssignment(RoleAssignment assignment) {
  for (const auto& [name, other] : next_->role_assignments) {
    const bool same = other->role == assignment.role &&
                      other->principal_id == assignment.principal_id &&
                      EqualsIgnoringCase(other->scope, assignment.scope);
    if (name != assignment.name && !same) continue;
    return Fail(ErrorKind::kConflict, reasons::kExists, "the role assignment already exists");
  }
  Write(RenderChange(assignment), 0);
  const Guid name = assignment.name;
  next_->role_assignments.emplace(name,
                                  std::make_shared<const RoleAssignment>(std::move(assignment)));
  return {};
}

Result<void> Draft::RemoveRoleAssignment(const Guid& name) {
  if (next_->role_assignments.erase(name) == 0) {
    return Fail(ErrorKind::kNotFound, reasons::kNotFound,
                "there is no role assignment '" + name.ToString() + "'");
  }
  Delete(kRoleAssignmentKind, name.ToString());
  return {};
}

Result<Identity> Draft::AddAdministrator(Identity administrator) {
  administrator.kind = IdentityKind::kAdministrator;
  administrator.location.clear();
  if (next_->administrators.contains(administrator.id.key())) {
    return Fail(ErrorKind::kConflict, reasons::kExists,
                "administrator '" + std::string(administrator.id.name()) + "' exists already");
  }
  TRY(administrator, WithGuids(std::move(administrator)));
  Write(RenderAdministrator(administrator), 0);
  next_->AddAdministrator(std::make_shared<const Identity>(administrator));
  return administrator;
}

Result<void> Draft::RemoveAdministrator(const ResourceId& id) {
  const auto found = next_->administrators.find(id.key());
  if (found == next_->administrators.end()) {
    return Fail(ErrorKind::kNotFound, reasons::kNotFound,
                "there is no administrator '" + std::string(id.name()) + "'");
  }
  const auto administrator = found->second;
  ForgetCredentials(*administrator);
  Delete(kAdministratorKind, id.key());
  next_->RemoveAdministrator(id);
  return {};
}

}  // namespace openimds
