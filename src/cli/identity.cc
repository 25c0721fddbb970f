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

std::string ListTable(const json::value& identities) {
  Table table{{"NAME", "RESOURCE GROUP", "LOCATION", "CLIENT ID", "PRINCIPAL ID"}, {}};
  for (const json::value& identity : identities.as_array()) {
    table.rows.push_back({MemberText(identity, "name"), ResourceGroupOf(identity),
                          MemberText(identity, "location"), MemberText(identity, "clientId"),
                          MemberText(identity, "principalId")});
  }
  return RenderTable(table);
}

std::string ShowTable(const json::value& identity) {
  return RenderFacts({{"id", MemberText(identity, "id")},
                      {"location", MemberText(identity, "location")},
                      {"tenant", MemberText(identity, "tenantId")},
                      {"client id", MemberText(identity, "clientId")},
                      {"principal id", MemberText(identity, "principalId")}});
}

}  // namespace

void AddIdentity(CLI::App& app, Invocation& invocation) {
  CLI::App& group = AddGroup(app, "identity", "User-assigned identities");

  OperationVerb create(group, invocation, "create", "Make an identity", "identity.create",
                       ShowTable);
  create.Text("NAME", "name", "What to call it")->required();
  create.Place();
  create.GivenIds(nullptr);

  OperationVerb list(group, invocation, "list", "All identities", "identity.list", ListTable);

  OperationVerb show(group, invocation, "show", "One identity", "identity.show", ShowTable);
  show.Text("IDENTITY", "identity", "Its name or resource id")->required();

  OperationVerb remove(group, invocation, "delete", "Delete an identity that no machine has",
                       "identity.delete", DeletedLine);
  remove.Text("IDENTITY", "identity", "Its name or resource id")->required();
  AddIdentityCredentials(group, invocation);
}

}  // namespace openimds::cli
