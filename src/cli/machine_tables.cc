// SPDX-License-Identifier: Apache-2.0
#include "cli/machine_tables.h"

#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "cli/render.h"
#include "cli/tables.h"
#include "model/resource_id.h"

namespace openimds::cli {
namespace {

namespace json = boost::json;

// What a profile says most often, those that are not there left out.
std::string ProfileFacts(const json::value& machine) {
  constexpr struct {
    const char* name;
    const char* pointer;
  } kShown[] = {{"size", "/compute/vmSize"},
                {"os type", "/compute/osType"},
                {"zone", "/compute/zone"},
                {"scale set", "/compute/vmScaleSetName"},
                {"private ip", "/network/interface/0/ipv4/ipAddress/0/privateIpAddress"},
                {"public ip", "/network/interface/0/ipv4/ipAddress/0/publicIpAddress"},
                {"mac", "/network/interface/0/macAddress"}};
  const json::value* profile = machine.as_object().if_contains("profile");
  std::vector<std::pair<std::string, std::string>> facts;
  for (const auto& [name, pointer] : kShown) {
    json::error_code missing;
    const json::value* value = profile ? profile->find_pointer(pointer, missing) : nullptr;
    if (value && value->is_string()) facts.emplace_back(name, value->get_string());
  }
  return facts.empty() ? std::string() : "\n" + RenderFacts(facts);
}

}  // namespace

std::string IdentityTable(const json::value& block) {
  Table table{{"IDENTITY", "RESOURCE GROUP", "CLIENT ID", "PRINCIPAL ID"}, {}};
  if (block.as_object().contains("principalId")) {
    table.rows.push_back(
        {"(system-assigned)", "", MemberText(block, "clientId"), MemberText(block, "principalId")});
  }
  if (const json::value* assigned = block.as_object().if_contains("userAssignedIdentities")) {
    for (const auto& identity : assigned->as_object()) {
      const std::string key(identity.key());
      const auto id = ResourceId::Parse(key);
      table.rows.push_back({id ? std::string(id->name()) : key,
                            id ? std::string(id->resource_group()) : std::string(),
                            MemberText(identity.value(), "clientId"),
                            MemberText(identity.value(), "principalId")});
    }
  }
  return table.rows.empty() ? "no identity\n" : RenderTable(table);
}

std::string MachineTable(const json::value& machine) {
  return RenderFacts({{"id", MemberText(machine, "id")},
                      {"location", MemberText(machine, "location")},
                      {"vm id", MemberText(machine, "vmId")}}) +
         ProfileFacts(machine) + "\n" + IdentityTable(machine.at("identity"));
}

}  // namespace openimds::cli
