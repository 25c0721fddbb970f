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

std::string RolesText(const json::value& administrator) {
  std::string text;
  for (const json::value& role : administrator.at("roles").as_array()) {
    text +=
        (text.empty() ? "" : "; ") + MemberText(role, "role") + " of " + MemberText(role, "scope");
  }
  return text.empty() ? "none" : text;
}

std::string AdministratorsTable(const json::value& administrators) {
  Table table{{"NAME", "CLIENT ID", "PRINCIPAL ID", "ROLES"}, {}};
  for (const json::value& one : administrators.as_array()) {
    table.rows.push_back({MemberText(one, "name"), MemberText(one, "clientId"),
                          MemberText(one, "principalId"), RolesText(one)});
  }
  return RenderTable(table);
}

std::string CredentialFacts(const json::value& made) {
  return RenderFacts({{"name", MemberText(made, "name")},
                      {"roles", RolesText(made)},
                      {"tenant", MemberText(made, "tenantId")},
                      {"client id", MemberText(made, "clientId")},
                      {"secret", MemberText(made, "secretText")}}) +
         "\nThe secret is shown this once and kept nowhere.\n";
}

}  // namespace

void AddAdmin(CLI::App& app, Invocation& invocation) {
  CLI::App& group = AddGroup(app, "admin", "Who may use the resource manager, and their secrets");

  OperationVerb create(group, invocation, "create", "Make an administrator; shows the secret",
                       "admin.create", CredentialFacts);
  create.Text("NAME", "name", "What to call it")->required();
  create.Text("--role", "role", "Its role; else Owner");
  create.Text("--scope", "scope", "Where: the id of a subscription, group or resource; else all");

  OperationVerb rotate(group, invocation, "rotate", "A new secret in place of the old ones",
                       "admin.rotate", CredentialFacts);
  rotate.Text("NAME", "name", "Its name")->required();

  OperationVerb list(group, invocation, "list", "All administrators", "admin.list",
                     AdministratorsTable);

  OperationVerb remove(group, invocation, "delete", "Delete an administrator, roles and all",
                       "admin.delete", DeletedLine);
  remove.Text("NAME", "name", "Its name")->required();
}

}  // namespace openimds::cli
