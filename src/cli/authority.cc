// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <boost/json/array.hpp>

#include "cli/operation_verb.h"
#include "cli/render.h"
#include "cli/verbs.h"

namespace openimds::cli {
namespace {

namespace json = boost::json;

std::string DescribeAudiences(const json::value& authority) {
  std::string text;
  for (const json::value& audience : authority.at("audiences").as_array()) {
    text += (text.empty() ? "" : ", ") + std::string(audience.as_string());
  }
  return text.empty() ? "every one" : text;
}

std::string ShowTable(const json::value& authority) {
  Table keys{{"KEY", "STATE", "CREATED", "PUBLISHED UNTIL"}, {}};
  for (const json::value& key : authority.at("keys").as_array()) {
    keys.rows.push_back({MemberText(key, "kid"),
                         key.at("active").as_bool() ? "signs" : "published only",
                         MemberText(key, "created"), MemberText(key, "publishedUntil")});
  }
  return RenderFacts({{"url", MemberText(authority, "publicUrl")},
                      {"issuer", MemberText(authority, "issuer")},
                      {"audiences", DescribeAudiences(authority)},
                      {"token lifetime", MemberText(authority, "tokenLifetime") + " s"}}) +
         "\n" + RenderTable(keys);
}

}  // namespace

void AddAuthority(CLI::App& app, Invocation& invocation) {
  CLI::App& group = AddGroup(app, "authority", "The embedded issuer and its signing keys");
  OperationVerb show(group, invocation, "show", "Its settings and keys", "authority.show",
                     ShowTable);
  OperationVerb rotate(group, invocation, "rotate",
                       "Sign with a new key; the old one stays published until its last token ends",
                       "authority.rotate", ShowTable);
}

}  // namespace openimds::cli
