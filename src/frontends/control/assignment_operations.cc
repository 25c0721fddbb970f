// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/reasons.h"
#include "frontends/control/lookup.h"

namespace openimds::control {
namespace {

namespace json = boost::json;

// What one call assigns or removes, found before anything is changed.
struct Selection {
  std::shared_ptr<const MachineEntry> machine;
  std::vector<std::shared_ptr<const Identity>> identities;
  bool system_assigned = false;

  const ResourceId& machine_id() const { return machine->machine->id; }
};

Result<Selection> Select(const Workplace& at, const Arguments& arguments) {
  const std::shared_ptr<const Snapshot> snapshot = at.registry.Read();
  Selection selection;
  TRY(selection.machine, FindMachine(*snapshot, "machine", arguments.Text("machine")));
  for (const std::string& name : arguments.Texts("identities")) {
    TRY(auto identity, FindIdentity(*snapshot, "identities", name));
    selection.identities.push_back(std::move(identity));
  }
  selection.system_assigned = arguments.Flag("systemAssigned");
  if (selection.identities.empty() && !selection.system_assigned) {
    return BadArgument("identities", "missing; expected identities, or 'systemAssigned'");
  }
  return selection;
}

Result<void> EnableSystemAssigned(const Workplace& at, const ResourceId& machine,
                                  const std::optional<GivenIds>& ids) {
  auto enabled = ids ? at.registry.EnableSystemAssigned(machine, ids->client_id, ids->principal_id)
                     : at.registry.EnableSystemAssigned(machine);
  if (!enabled) return tl::unexpected<Error>(std::move(enabled.error()));
  return {};
}

// Without those that the machine has already: assigning them again is no change.
std::vector<ResourceId> NewOnes(const Selection& selection) {
  std::vector<ResourceId> ids;
  for (const auto& identity : selection.identities) {
    const bool there = selection.machine->by_resource_id.contains(identity->id.key());
    if (!there && std::find(ids.begin(), ids.end(), identity->id) == ids.end()) {
      ids.push_back(identity->id);
    }
  }
  return ids;
}

Result<void> AssignAll(const Workplace& at, const ResourceId& machine,
                       const std::vector<ResourceId>& identities) {
  for (const ResourceId& identity : identities)
    TRY_VOID(at.registry.AssignIdentity(machine, identity));
  return {};
}

void TakeBack(const Workplace& at, const ResourceId& machine, const ResourceId& identity) {
  // One that was not assigned yet cannot be removed, and that is as well.
  static_cast<void>(at.registry.RemoveIdentity(machine, identity));
}

Result<json::value> ShowBlock(const Workplace& at, std::string_view machine) {
  TRY(const auto entry, FindMachine(*at.registry.Read(), "machine", machine));
  return IdentityBlock(*entry);
}

Result<json::value> Assign(const Workplace& at, const Arguments& arguments, std::string_view) {
  TRY(const auto ids, FindGivenIds(arguments));
  TRY(const Selection selection, Select(at, arguments));
  if (ids && !selection.system_assigned)
    return BadArgument("clientId", "only with 'systemAssigned'");
  const ResourceId& machine = selection.machine_id();
  const std::vector<ResourceId> identities = NewOnes(selection);
  Result<void> done = AssignAll(at, machine, identities);
  if (done && selection.system_assigned) done = EnableSystemAssigned(at, machine, ids);
  if (!done) {
    // The registry changes one thing at a time; what was done before the refusal is taken back.
    for (const ResourceId& identity : identities) TakeBack(at, machine, identity);
    return tl::unexpected<Error>(std::move(done.error()));
  }
  return ShowBlock(at, selection.machine_id().key());
}

// Everything is looked at before anything is removed, so that a refusal leaves all in place.
Result<void> CheckHas(const Selection& selection) {
  const std::string name(selection.machine_id().name());
  for (const auto& identity : selection.identities) {
    if (selection.machine->by_resource_id.contains(identity->id.key())) continue;
    return Fail(ErrorKind::kNotFound, reasons::kNotFound,
                "the machine '" + name + "' does not have the identity '" +
                    std::string(identity->id.name()) + "'");
  }
  if (!selection.system_assigned || selection.machine->system_assigned) return {};
  return Fail(ErrorKind::kNotFound, reasons::kNotFound,
              "the machine '" + name + "' has no system-assigned identity");
}

Result<json::value> Remove(const Workplace& at, const Arguments& arguments, std::string_view) {
  TRY(const Selection selection, Select(at, arguments));
  TRY_VOID(CheckHas(selection));
  for (const auto& identity : selection.identities) {
    TRY_VOID(at.registry.RemoveIdentity(selection.machine_id(), identity->id));
  }
  if (selection.system_assigned) {
    TRY_VOID(at.registry.DisableSystemAssigned(selection.machine_id()));
  }
  return ShowBlock(at, selection.machine_id().key());
}

Result<json::value> Show(const Workplace& at, const Arguments& arguments, std::string_view) {
  return ShowBlock(at, arguments.Text("machine"));
}

}  // namespace

std::vector<Operation> AssignmentOperations() {
  return {
      {"machine.identity.assign",
       Effect::kChanges,
       {{"machine", ArgumentType::kText, true},
        {"identities", ArgumentType::kTexts},
        {"systemAssigned", ArgumentType::kFlag},
        {"clientId", ArgumentType::kGuid},
        {"objectId", ArgumentType::kGuid}},
       Assign},
      {"machine.identity.remove",
       Effect::kChanges,
       {{"machine", ArgumentType::kText, true},
        {"identities", ArgumentType::kTexts},
        {"systemAssigned", ArgumentType::kFlag}},
       Remove},
      {"machine.identity.show", Effect::kReads, {{"machine", ArgumentType::kText, true}}, Show}};
}

}  // namespace openimds::control
