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

std::string ListTable(const json::value& answer) {
  Table table{{"IDENTITY", "MACHINE", "RESOURCE", "EXPIRES", "REFRESH IN", "LAST ERROR"}, {}};
  for (const json::value& entry : answer.at("entries").as_array()) {
    table.rows.push_back({NameInId(entry, "identity"), NameInId(entry, "machine"),
                          MemberText(entry, "resource"), MemberText(entry, "expiresOn"),
                          MemberText(entry, "refreshIn") + " s", MemberText(entry, "lastError")});
  }
  return RenderTable(table) + "\n" +
         RenderFacts({{"fetches", MemberText(answer, "fetches")},
                      {"failures", MemberText(answer, "failures")}});
}

std::string PurgedLine(const json::value& answer) {
  const std::string count = MemberText(answer, "purged");
  return "purged " + count + (count == "1" ? " token\n" : " tokens\n");
}

}  // namespace

void AddCache(CLI::App& app, Invocation& invocation) {
  CLI::App& group = AddGroup(app, "cache", "The tokens that the service keeps in memory");
  OperationVerb list(group, invocation, "list", "Which they are, without the tokens themselves",
                     "cache.list", ListTable);
  OperationVerb purge(group, invocation, "purge", "Forget them: the next request gets a new one",
                      "cache.purge", PurgedLine);
  purge.Text("--identity", "identity", "Only those of this identity");
  purge.Text("--resource", "resource", "Only those for this resource");
}

}  // namespace openimds::cli
