// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "cli/operation_verb.h"
#include "cli/render.h"
#include "cli/tables.h"
#include "cli/verbs.h"

namespace openimds::cli {
namespace {

namespace json = boost::json;

std::string PropertyOf(const json::value& extension, std::string_view name) {
  return MemberText(extension.at("properties"), name);
}

std::string PortOf(const json::value& extension) {
  json::error_code missing;
  const json::value* port = extension.find_pointer("/properties/settings/port", missing);
  if (!port) return {};
  return port->is_string() ? std::string(port->get_string()) : json::serialize(*port);
}

std::string ListTable(const json::value& extensions) {
  Table table{{"NAME", "PUBLISHER", "TYPE", "VERSION", "PORT", "STATE"}, {}};
  for (const json::value& one : extensions.as_array()) {
    table.rows.push_back({MemberText(one, "name"), PropertyOf(one, "publisher"),
                          PropertyOf(one, "type"), PropertyOf(one, "typeHandlerVersion"),
                          PortOf(one), PropertyOf(one, "provisioningState")});
  }
  return table.rows.empty() ? "no extension\n" : RenderTable(table);
}

// What the instance view says, where there is one: a machine's extension has it.
std::string MessageOf(const json::value& extension) {
  json::error_code missing;
  const json::value* status =
      extension.find_pointer("/properties/instanceView/statuses/0", missing);
  return status ? MemberText(*status, "message") : std::string();
}

std::string Facts(const json::value& extension) {
  std::vector<std::pair<std::string, std::string>> facts{
      {"id", MemberText(extension, "id")},
      {"publisher", PropertyOf(extension, "publisher")},
      {"type", PropertyOf(extension, "type")},
      {"version", PropertyOf(extension, "typeHandlerVersion")},
      {"state", PropertyOf(extension, "provisioningState")}};
  if (const std::string port = PortOf(extension); !port.empty()) facts.emplace_back("port", port);
  if (const std::string said = MessageOf(extension); !said.empty()) {
    facts.emplace_back("message", said);
  }
  return RenderFacts(facts);
}

void AddParent(OperationVerb& verb) {
  verb.Text("--machine", "machine", "The machine that has it: name or resource id");
  verb.Text("--scale-set", "scaleSet", "Or the scale set in whose model it is");
}

}  // namespace

void AddExtension(CLI::App& app, Invocation& invocation) {
  CLI::App& group =
      AddGroup(app, "extension", "Extensions of machines and scale sets, as the VM extension");

  OperationVerb set(group, invocation, "set", "Set an extension, or change it", "extension.set",
                    Facts);
  set.Text("NAME", "name", "What to call it")->required();
  AddParent(set);
  set.Text("--port", "port", "Where on localhost the managed-identity extension answers");
  set.Text("--type", "type", "Its type; else ManagedIdentityExtensionForLinux");
  set.Text("--publisher", "publisher", "Its publisher; else Microsoft.ManagedIdentity");
  set.Text("--version", "version", "Its version; else 1.0");
  set.FileText("--settings", "settings", "Its settings, as a JSON object in a file");
  set.Flag("--force-update", "forceUpdate", "Do it again, though nothing is changed");

  OperationVerb list(group, invocation, "list", "The extensions of one", "extension.list",
                     ListTable);
  AddParent(list);

  OperationVerb show(group, invocation, "show", "One extension", "extension.show", Facts);
  show.Text("NAME", "name", "Its name")->required();
  AddParent(show);

  OperationVerb remove(group, invocation, "delete", "Take an extension away", "extension.delete",
                       DeletedLine);
  remove.Text("NAME", "name", "Its name")->required();
  AddParent(remove);
}

}  // namespace openimds::cli
