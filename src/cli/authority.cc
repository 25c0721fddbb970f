// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <boost/json/array.hpp>

#include "base/reasons.h"
#include "cli/exit_codes.h"
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

// Writes what the operation answered below `folder`, each file whole.
Result<int> WriteFiles(const Invocation& invocation, const json::object& arguments,
                       const std::filesystem::path& folder) {
  TRY(const json::value answer, invocation.Run("authority.publish", arguments));
  for (const auto& [name, text] : answer.at("files").as_object()) {
    const std::filesystem::path path = folder / std::string(name);
    std::error_code failure;
    std::filesystem::create_directories(path.parent_path(), failure);
    std::filesystem::path part = path;
    part += ".part";
    std::ofstream file(part, std::ios::binary);
    file << std::string_view(text.as_string()) << std::flush;
    if (file) std::filesystem::rename(part, path, failure);
    if (file && !failure) continue;
    return Fail(ErrorKind::kInternal, reasons::kStateFailed,
                "cannot write '" + path.string() + "': " + failure.message());
  }
  invocation.Print(answer, [](const json::value& published) {
    std::string text = "Serve these files under " + MemberText(published, "issuer") + "\n";
    for (const auto& [name, content] : published.at("files").as_object()) {
      text += "  " + std::string(name) + "\n";
    }
    return text;
  });
  return kDone;
}

void AddPublish(CLI::App& group, Invocation& invocation) {
  CLI::App* verb = group.add_subcommand(
      "publish", "Write the files with which a web host publishes this issuer; again after rotate");
  verb->group(kVerbs);
  auto arguments = std::make_shared<json::object>();
  auto folder = std::make_shared<std::string>();
  verb->add_option("--out", *folder, "Where to write them")->required()->type_name("DIR");
  verb->add_option_function<std::string>(
          "--tenant", [arguments](const std::string& text) { (*arguments)["tenant"] = text; },
          "Which tenant's issuer, if there are several")
      ->check(kGuid)
      ->option_text("GUID");
  verb->callback([&invocation, arguments, folder] {
    invocation.action = [&invocation, arguments, folder] {
      return WriteFiles(invocation, *arguments, *folder);
    };
  });
}

}  // namespace

void AddAuthority(CLI::App& app, Invocation& invocation) {
  CLI::App& group = AddGroup(app, "authority", "The embedded issuer and its signing keys");
  OperationVerb show(group, invocation, "show", "Its settings and keys", "authority.show",
                     ShowTable);
  OperationVerb rotate(group, invocation, "rotate",
                       "Sign with a new key; the old one stays published until its last token ends",
                       "authority.rotate", ShowTable);
  OperationVerb ca(group, invocation, "ca", "The certificate that clients of our HTTPS must trust",
                   "authority.ca",
                   [](const json::value& answer) { return MemberText(answer, "certificate"); });
  AddPublish(group, invocation);
}

}  // namespace openimds::cli
