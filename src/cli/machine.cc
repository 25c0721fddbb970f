// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "cli/operation_verb.h"
#include "cli/render.h"
#include "cli/tables.h"
#include "cli/verbs.h"
#include "model/resource_id.h"

namespace openimds::cli {
namespace {

namespace json = boost::json;

std::string ListTable(const json::value& machines) {
  Table table{{"NAME", "RESOURCE GROUP", "LOCATION", "VM ID", "IDENTITY"}, {}};
  for (const json::value& machine : machines.as_array()) {
    table.rows.push_back({MemberText(machine, "name"), ResourceGroupOf(machine),
                          MemberText(machine, "location"), MemberText(machine, "vmId"),
                          MemberText(machine.at("identity"), "type")});
  }
  return RenderTable(table);
}

// All identities of a machine, its own one first. Ids are long and stand in the JSON.
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

std::string ShowTable(const json::value& machine) {
  return RenderFacts({{"id", MemberText(machine, "id")},
                      {"location", MemberText(machine, "location")},
                      {"vm id", MemberText(machine, "vmId")}}) +
         ProfileFacts(machine) + "\n" + IdentityTable(machine.at("identity"));
}

constexpr char kMachineHelp[] = "Its name or resource id";
constexpr char kIdentitiesHelp[] = "Names or resource ids of user-assigned identities";

void AddMachineIdentity(CLI::App& machine, Invocation& invocation) {
  CLI::App& group = AddGroup(machine, "identity", "Which identities a machine has");

  OperationVerb assign(group, invocation, "assign", "Give identities to a machine: all or none",
                       "machine.identity.assign", IdentityTable);
  assign.Text("MACHINE", "machine", kMachineHelp)->required();
  assign.Texts("IDENTITY", "identities", kIdentitiesHelp);
  assign.GivenIds(assign.Flag("--system-assigned", "systemAssigned", "An identity of its own"));

  OperationVerb remove(group, invocation, "remove", "Take identities from a machine",
                       "machine.identity.remove", IdentityTable);
  remove.Text("MACHINE", "machine", kMachineHelp)->required();
  remove.Texts("IDENTITY", "identities", kIdentitiesHelp);
  remove.Flag("--system-assigned", "systemAssigned", "The identity of its own");

  OperationVerb show(group, invocation, "show", "The identities of a machine",
                     "machine.identity.show", IdentityTable);
  show.Text("MACHINE", "machine", kMachineHelp)->required();
}

// What a machine shows of itself in its metadata.
void AddProfile(OperationVerb& verb) {
  verb.FileText("--file", "profile", "All of it, as JSON; options are said on top of it");
  verb.Text("--size", "size", "Its size, such as Standard_B2s");
  verb.Text("--zone", "zone", "Its availability zone");
  verb.Text("--scale-set", "scaleSet", "The scale set that it is in, by name");
  verb.Text("--os-type", "osType", "Linux or Windows");
  verb.Text("--image", "image", "What it was made from")->type_name("PUBLISHER:OFFER:SKU:VERSION");
  verb.Repeated("--tag", "tags", "A tag; may be given several times")->type_name("NAME=VALUE");
  verb.FileBase64("--user-data", "userData", "Its user data: a file of at most 64 KiB");
  verb.FileBase64("--custom-data", "customData", "Its custom data: a file of at most 64 KiB");
  verb.Text("--private-ip", "privateIp", "IPv4 address of its first interface");
  verb.Text("--public-ip", "publicIp", "The public one that belongs to it");
  verb.Text("--mac", "mac", "MAC address of its first interface");
}

}  // namespace

void AddMachine(CLI::App& app, Invocation& invocation) {
  CLI::App& group = AddGroup(app, "machine", "Machines and their identities");

  OperationVerb create(group, invocation, "create", "Make a machine", "machine.create", ShowTable);
  create.Text("NAME", "name", "What to call it")->required();
  create.Place();
  create.GivenIds(
      create.Flag("--system-assigned", "systemAssigned", "With an identity of its own"));

  AddProfile(create);

  OperationVerb update(group, invocation, "update", "Change what a machine shows of itself",
                       "machine.update", ShowTable);
  update.Text("MACHINE", "machine", kMachineHelp)->required();
  AddProfile(update);

  OperationVerb list(group, invocation, "list", "All machines", "machine.list", ListTable);

  OperationVerb show(group, invocation, "show", "One machine", "machine.show", ShowTable);
  show.Text("MACHINE", "machine", kMachineHelp)->required();

  OperationVerb remove(group, invocation, "delete", "Delete a machine, and the identity of its own",
                       "machine.delete", DeletedLine);
  remove.Text("MACHINE", "machine", kMachineHelp)->required();

  AddMachineIdentity(group, invocation);
}

}  // namespace openimds::cli
