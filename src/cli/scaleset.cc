// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <boost/json/array.hpp>

#include "cli/operation_verb.h"
#include "cli/render.h"
#include "cli/tables.h"
#include "cli/verbs.h"

namespace openimds::cli {
namespace {

namespace json = boost::json;

constexpr char kWhich[] = "Its name or resource id";

std::string TextAt(const json::value& value, const char* pointer) {
  json::error_code missing;
  const json::value* found = value.find_pointer(pointer, missing);
  if (!found) return {};
  if (found->is_bool()) return found->get_bool() ? "yes" : "no";
  if (found->is_int64()) return std::to_string(found->get_int64());
  return found->is_string() ? std::string(found->get_string()) : std::string();
}

std::string IdentityType(const json::value& of) {
  const std::string type = TextAt(of, "/identity/type");
  return type.empty() ? "None" : type;
}

std::string ListTable(const json::value& scale_sets) {
  Table table{{"NAME", "RESOURCE GROUP", "LOCATION", "INSTANCES", "SIZE", "UPGRADES", "IDENTITY"},
              {}};
  for (const json::value& one : scale_sets.as_array()) {
    table.rows.push_back({MemberText(one, "name"), ResourceGroupOf(one),
                          MemberText(one, "location"), TextAt(one, "/sku/capacity"),
                          TextAt(one, "/sku/name"), TextAt(one, "/properties/upgradePolicy/mode"),
                          IdentityType(one)});
  }
  return table.rows.empty() ? "no scale set\n" : RenderTable(table);
}

std::string NamesOfAssigned(const json::value& scale_set) {
  json::error_code missing;
  const json::value* assigned = scale_set.find_pointer("/identity/userAssignedIdentities", missing);
  std::string names;
  if (!assigned || !assigned->is_object()) return names;
  for (const auto& [id, ids] : assigned->get_object()) {
    const std::string text(id);
    names.append(names.empty() ? "" : ", ").append(text.substr(text.rfind('/') + 1));
  }
  return names;
}

std::string Facts(const json::value& scale_set) {
  std::vector<std::pair<std::string, std::string>> facts{
      {"id", MemberText(scale_set, "id")},
      {"location", MemberText(scale_set, "location")},
      {"instances", TextAt(scale_set, "/sku/capacity")},
      {"upgrades", TextAt(scale_set, "/properties/upgradePolicy/mode")},
      {"identity", IdentityType(scale_set)}};
  const std::pair<const char*, std::string> kIfSaid[] = {
      {"size", TextAt(scale_set, "/sku/name")},
      {"principal id", TextAt(scale_set, "/identity/principalId")},
      {"user-assigned", NamesOfAssigned(scale_set)}};
  for (const auto& [name, value] : kIfSaid) {
    if (!value.empty()) facts.emplace_back(name, value);
  }
  return RenderFacts(facts);
}

std::string InstancesTable(const json::value& instances) {
  Table table{{"INSTANCE", "NAME", "VM ID", "LATEST MODEL", "EXTENSIONS"}, {}};
  for (const json::value& one : instances.as_array()) {
    std::string extensions;
    json::error_code missing;
    if (const json::value* all = one.find_pointer("/resources", missing)) {
      for (const json::value& extension : all->as_array()) {
        extensions.append(extensions.empty() ? "" : ", ").append(MemberText(extension, "name"));
      }
    }
    table.rows.push_back({MemberText(one, "instanceId"), MemberText(one, "name"),
                          TextAt(one, "/properties/vmId"),
                          TextAt(one, "/properties/latestModelApplied"), extensions});
  }
  return table.rows.empty() ? "no instance\n" : RenderTable(table);
}

void AddSaid(OperationVerb& verb) {
  verb.Text("--capacity", "capacity", "How many instances: 0 to 1000");
  verb.Text("--size", "size", "Their size, such as Standard_B2s");
  verb.Text("--upgrade-policy", "upgradePolicy",
            "When a changed model reaches instances: Automatic, or Manual: when asked");
  verb.Flag("--system-assigned", "systemAssigned", "One identity of its own, for all instances");
  verb.Repeated("--identity", "identities", "A user-assigned identity; may be given several times");
  verb.Repeated("--tag", "tags", "A tag; may be given several times")->type_name("NAME=VALUE");
}

}  // namespace

void AddScaleSet(CLI::App& app, Invocation& invocation) {
  CLI::App& group = AddGroup(app, "scaleset", "Machines that are alike");

  OperationVerb create(group, invocation, "create", "Make a scale set", "scaleset.create", Facts);
  create.Text("NAME", "name", "What to call it")->required();
  create.Place();
  AddSaid(create);

  OperationVerb update(group, invocation, "update", "Change what is said, and leave the rest",
                       "scaleset.update", Facts);
  update.Text("SCALE-SET", "scaleSet", kWhich)->required();
  AddSaid(update);

  OperationVerb list(group, invocation, "list", "All scale sets", "scaleset.list", ListTable);

  OperationVerb show(group, invocation, "show", "One scale set", "scaleset.show", Facts);
  show.Text("SCALE-SET", "scaleSet", kWhich)->required();

  OperationVerb instances(group, invocation, "instances", "The machines of a scale set",
                          "scaleset.instances", InstancesTable);
  instances.Text("SCALE-SET", "scaleSet", kWhich)->required();

  OperationVerb upgrade(group, invocation, "upgrade", "Bring instances up to the model",
                        "scaleset.upgrade", InstancesTable);
  upgrade.Text("SCALE-SET", "scaleSet", kWhich)->required();
  upgrade.Texts("INSTANCE", "instances", "Their numbers; else all");

  OperationVerb remove(group, invocation, "delete", "Delete a scale set with its instances",
                       "scaleset.delete", DeletedLine);
  remove.Text("SCALE-SET", "scaleSet", kWhich)->required();
}

}  // namespace openimds::cli
