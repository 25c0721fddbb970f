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

std::string DefinitionsTable(const json::value& definitions) {
  Table table{{"ROLE", "ID", "WHAT IT MAY DO"}, {}};
  for (const json::value& one : definitions.as_array()) {
    const json::value& properties = one.at("properties");
    table.rows.push_back({MemberText(properties, "roleName"), MemberText(one, "name"),
                          MemberText(properties, "description")});
  }
  return RenderTable(table);
}

std::string AssignmentsTable(const json::value& assignments) {
  Table table{{"PRINCIPAL", "ROLE", "SCOPE", "ASSIGNMENT"}, {}};
  for (const json::value& one : assignments.as_array()) {
    const std::string name = MemberText(one, "principalName");
    table.rows.push_back({name.empty() ? MemberText(one, "principalId") : name,
                          MemberText(one, "role"), MemberText(one, "scope"),
                          MemberText(one, "name")});
  }
  return table.rows.empty() ? "no assignment\n" : RenderTable(table);
}

std::string Facts(const json::value& assignment) {
  return RenderFacts({{"assignment", MemberText(assignment, "name")},
                      {"principal", MemberText(assignment, "principalName")},
                      {"principal id", MemberText(assignment, "principalId")},
                      {"role", MemberText(assignment, "role")},
                      {"scope", MemberText(assignment, "scope")}});
}

constexpr char kPrincipal[] = "An administrator, an identity, or a machine that has its own";

}  // namespace

void AddRole(CLI::App& app, Invocation& invocation) {
  CLI::App& group = AddGroup(app, "role", "What principals may do with the resource manager");

  OperationVerb definitions(group, invocation, "definitions", "All roles", "role.definitions",
                            DefinitionsTable);

  CLI::App& assignment = AddGroup(group, "assignment", "Who has which role where");

  OperationVerb create(assignment, invocation, "create", "Give a role", "role.assignment.create",
                       Facts);
  create.Text("PRINCIPAL", "principal", std::string(kPrincipal) + ": name, id or object id")
      ->required();
  create.Text("--role", "role", "The role's name or GUID")->required();
  create.Text("--scope", "scope", "Where: the id of a subscription, group or resource; else all");

  OperationVerb list(assignment, invocation, "list", "Those in, above and below a scope",
                     "role.assignment.list", AssignmentsTable);
  list.Text("--principal", "principal", kPrincipal);
  list.Text("--scope", "scope", "Where; else everywhere");

  OperationVerb remove(assignment, invocation, "delete", "Take a role away",
                       "role.assignment.delete", DeletedLine);
  remove.Text("ASSIGNMENT", "assignment", "Its GUID, or its id")->required();
}

}  // namespace openimds::cli
