// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <boost/json/array.hpp>

#include "frontends/control/lookup.h"
#include "frontends/control/profile_arguments.h"

namespace openimds::control {
namespace {

namespace json = boost::json;

Result<json::value> ShowById(const Workplace& at, const ResourceId& id) {
  TRY(const auto entry, FindMachine(*at.registry.Read(), "machine", id.key()));
  return ToJson(*entry);
}

Result<Machine> ReadMachine(const Workplace& at, const Arguments& arguments) {
  TRY(const auto ids, FindGivenIds(arguments));
  const bool system_assigned = arguments.Flag("systemAssigned");
  if (ids && !system_assigned) return BadArgument("clientId", "only with 'systemAssigned'");
  TRY(const Place place, FindPlace(at, arguments));
  TRY(const auto id, ResourceId::ForMachine(place.group, arguments.Text("name")));
  const Guid vm_id = arguments.FindGuid("vmId").value_or(Guid());
  Machine machine{id, place.location, vm_id, std::nullopt, {}};
  if (system_assigned) {
    const GivenIds guids = ids.value_or(GivenIds{});
    machine.system_assigned = Identity{IdentityKind::kSystemAssigned,
                                       id,
                                       place.location,
                                       Guid(),
                                       guids.client_id,
                                       guids.principal_id};
  }
  if (!HasProfileArguments(arguments)) return machine;
  MachineProfile profile;
  TRY_VOID(EditProfile(arguments, &profile));
  machine.profile = std::make_shared<const MachineProfile>(std::move(profile));
  return machine;
}

Result<json::value> Create(const Workplace& at, const Arguments& arguments, std::string_view) {
  TRY(const Machine machine, ReadMachine(at, arguments));
  TRY_VOID(at.registry.CreateMachine(machine));
  return ShowById(at, machine.id);
}

Result<json::value> Update(const Workplace& at, const Arguments& arguments, std::string_view) {
  if (!HasProfileArguments(arguments)) return BadArgument("profile", "there is nothing to change");
  TRY(const auto entry, FindMachine(*at.registry.Read(), "machine", arguments.Text("machine")));
  TRY_VOID(at.registry.EditProfile(entry->machine->id, [&](MachineProfile& profile) {
    return EditProfile(arguments, &profile);
  }));
  return ShowById(at, entry->machine->id);
}

Result<json::value> List(const Workplace& at, const Arguments&, std::string_view) {
  std::map<std::string_view, const MachineEntry*> sorted;
  const std::shared_ptr<const Snapshot> snapshot = at.registry.Read();
  for (const auto& [key, entry] : snapshot->machines) sorted.emplace(key, entry.get());
  json::array list;
  for (const auto& [key, entry] : sorted) list.push_back(ToJson(*entry));
  return list;
}

Result<json::value> Show(const Workplace& at, const Arguments& arguments, std::string_view) {
  TRY(const auto entry, FindMachine(*at.registry.Read(), "machine", arguments.Text("machine")));
  return ToJson(*entry);
}

Result<json::value> Delete(const Workplace& at, const Arguments& arguments, std::string_view) {
  TRY(const auto entry, FindMachine(*at.registry.Read(), "machine", arguments.Text("machine")));
  TRY_VOID(at.registry.DeleteMachine(entry->machine->id));
  if (at.settle_guests) at.settle_guests(true);
  return json::object{{"deleted", entry->machine->id.text()}};
}

}  // namespace

std::vector<Operation> MachineOperations() {
  std::vector<ArgumentRule> create = ProfileArguments();
  create.insert(create.end(), {{"name", ArgumentType::kText, true},
                               {"resourceGroup", ArgumentType::kText},
                               {"subscription", ArgumentType::kGuid},
                               {"location", ArgumentType::kText},
                               {"vmId", ArgumentType::kGuid},
                               {"systemAssigned", ArgumentType::kFlag},
                               {"clientId", ArgumentType::kGuid},
                               {"objectId", ArgumentType::kGuid}});
  std::vector<ArgumentRule> update = ProfileArguments();
  update.push_back({"machine", ArgumentType::kText, true});
  return {{"machine.create", Effect::kChanges, std::move(create), Create},
          {"machine.update", Effect::kChanges, std::move(update), Update},
          {"machine.list", Effect::kReads, {}, List},
          {"machine.show", Effect::kReads, {{"machine", ArgumentType::kText, true}}, Show},
          {"machine.delete", Effect::kChanges, {{"machine", ArgumentType::kText, true}}, Delete}};
}

}  // namespace openimds::control
