// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <string>

#include <boost/json/array.hpp>

#include "frontends/control/lookup.h"

namespace openimds::control {
namespace {

namespace json = boost::json;

Result<json::value> ShowById(const Workplace& at, const ResourceId& id) {
  TRY(const auto entry, FindMachine(*at.registry.Read(), "machine", id.key()));
  return ToJson(*entry);
}

Result<json::value> Create(const Workplace& at, const Arguments& arguments, std::string_view) {
  TRY(const auto ids, FindGivenIds(arguments));
  const bool system_assigned = arguments.Flag("systemAssigned");
  if (ids && !system_assigned) return BadArgument("clientId", "only with 'systemAssigned'");
  TRY(const Place place, FindPlace(at, arguments));
  TRY(const auto id, ResourceId::ForMachine(place.group, arguments.Text("name")));
  const auto created =
      ids ? at.registry.CreateMachine(id, place.location, ids->client_id, ids->principal_id)
          : at.registry.CreateMachine(id, place.location, system_assigned);
  if (!created) return tl::unexpected<Error>(created.error());
  return ShowById(at, id);
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
  return json::object{{"deleted", entry->machine->id.text()}};
}

}  // namespace

std::vector<Operation> MachineOperations() {
  return {{"machine.create",
           Effect::kChanges,
           {{"name", ArgumentType::kText, true},
            {"resourceGroup", ArgumentType::kText},
            {"subscription", ArgumentType::kGuid},
            {"location", ArgumentType::kText},
            {"systemAssigned", ArgumentType::kFlag},
            {"clientId", ArgumentType::kGuid},
            {"objectId", ArgumentType::kGuid}},
           Create},
          {"machine.list", Effect::kReads, {}, List},
          {"machine.show", Effect::kReads, {{"machine", ArgumentType::kText, true}}, Show},
          {"machine.delete", Effect::kChanges, {{"machine", ArgumentType::kText, true}}, Delete}};
}

}  // namespace openimds::control
