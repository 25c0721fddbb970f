// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <boost/json/array.hpp>

#include "cli/machine_tables.h"
#include "cli/operation_verb.h"
#include "cli/render.h"
#include "cli/tables.h"
#include "cli/verbs.h"

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
  verb.FileText("--patch", "patch", "A part of it, as a JSON merge patch: the rest stays");
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

  OperationVerb create(group, invocation, "create", "Make a machine", "machine.create",
                       MachineTable);
  create.Text("NAME", "name", "What to call it")->required();
  create.Place();
  create.Guid("--vm-id", "vmId",
              "The vmId that it has already, as its firmware says; else a new one");
  create.GivenIds(
      create.Flag("--system-assigned", "systemAssigned", "With an identity of its own"));

  AddProfile(create);

  OperationVerb update(group, invocation, "update", "Change what a machine shows of itself",
                       "machine.update", MachineTable);
  update.Text("MACHINE", "machine", kMachineHelp)->required();
  AddProfile(update);

  AddMachineImport(group, invocation);

  OperationVerb list(group, invocation, "list", "All machines", "machine.list", ListTable);

  OperationVerb show(group, invocation, "show", "One machine", "machine.show", MachineTable);
  show.Text("MACHINE", "machine", kMachineHelp)->required();

  OperationVerb remove(group, invocation, "delete", "Delete a machine, and the identity of its own",
                       "machine.delete", DeletedLine);
  remove.Text("MACHINE", "machine", kMachineHelp)->required();

  AddMachineIdentity(group, invocation);
  AddMachineAttachments(group, invocation);
}

}  // namespace openimds::cli
