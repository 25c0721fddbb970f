// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "app/config_keys.h"
#include "cli/exit_codes.h"
#include "cli/operation_verb.h"
#include "cli/render.h"
#include "cli/verbs.h"

namespace openimds::cli {
namespace {

namespace json = boost::json;

struct CheckOptions {
  std::optional<std::string> file;
  bool keys = false;
};

std::string KeysTable(const json::value& keys) {
  Table table{{"TABLE", "KEY", "DEFAULT", "VALUE"}, {}};
  for (const json::value& key : keys.as_array()) {
    table.rows.push_back({MemberText(key, "table"), MemberText(key, "key"),
                          MemberText(key, "default"), MemberText(key, "value")});
  }
  return RenderTable(table);
}

json::array KeysDocument() {
  json::array keys;
  for (const ConfigKey& key : ConfigKeys()) {
    keys.push_back(json::object{{"table", key.table},
                                {"key", key.name},
                                {"default", key.default_value},
                                {"value", DescribeRule(key.rule)},
                                {"meaning", key.meaning}});
  }
  return keys;
}

std::string CheckedTable(const json::value& checked) {
  Table table{{"PROTOCOL", "ADDRESS", "MACHINE"}, {}};
  for (const json::value& listener : checked.at("listeners").as_array()) {
    table.rows.push_back({MemberText(listener, "protocol"), MemberText(listener, "address"),
                          MemberText(listener, "machine")});
  }
  const std::string file = MemberText(checked, "file");
  return (file.empty() ? "no configuration file: the defaults hold\n" : file + ": good\n") +
         "state: " + MemberText(checked, "stateDir") + "\n\n" + RenderTable(table);
}

json::object ListenerDocument(const ListenerSettings& listener, const Config& config) {
  json::object document{{"protocol", ToText(listener.protocol)},
                        {"address", listener.address.ToString()}};
  if (SpeaksForMachine(listener.protocol)) {
    document["machine"] = listener.machine.empty() ? config.seed.machine : listener.machine;
  }
  return document;
}

Result<int> Check(const Invocation& invocation, const CheckOptions& options) {
  if (options.keys) {
    invocation.Print(KeysDocument(), KeysTable);
    return kDone;
  }
  Invocation of_file(invocation.program);
  of_file.config_file = options.file ? options.file : invocation.config_file;
  of_file.state_dir = invocation.state_dir;
  TRY(const Config config, of_file.ReadConfig());
  TRY(const std::filesystem::path state, of_file.FindState(config));
  json::array listeners;
  for (const ListenerSettings& listener : config.listeners) {
    listeners.push_back(ListenerDocument(listener, config));
  }
  const auto file = FindConfigFile(of_file.config_file, invocation.program.surroundings);
  invocation.Print(json::object{{"file", file ? json::value(*file) : json::value()},
                                {"stateDir", state.string()},
                                {"listeners", std::move(listeners)}},
                   CheckedTable);
  return kDone;
}

}  // namespace

void AddConfig(CLI::App& app, Invocation& invocation) {
  CLI::App& group = AddGroup(app, "config", "The configuration file");
  CLI::App* check =
      group.add_subcommand("check", "Read a file as the service would, and say what is wrong");
  check->group(kVerbs);
  auto options = std::make_shared<CheckOptions>();
  check->add_option("FILE", options->file, "Which one; else --config, else OPENIMDS_CONFIG");
  check->add_flag("--keys", options->keys, "List every key instead");
  check->callback([&invocation, options] {
    invocation.action = [&invocation, options] { return Check(invocation, *options); };
  });
}

}  // namespace openimds::cli
