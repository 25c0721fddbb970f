// SPDX-License-Identifier: Apache-2.0
#include "cli/usage.h"

#include <string_view>
#include <vector>

#include "base/text.h"

namespace openimds::cli {
namespace {

const CLI::App& DeepestVerb(const CLI::App& app) {
  const CLI::App* deepest = &app;
  while (!deepest->get_subcommands().empty()) deepest = deepest->get_subcommands().back();
  return *deepest;
}

std::vector<std::string> VerbsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(verb->get_name());
  }
  return names;
}

// Of the verb and all above it, since global options stand anywhere.
std::vector<std::string> OptionsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* level = &app; level; level = level->get_parent()) {
    for (const CLI::Option* option : level->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

std::string Suggest(const std::string& word, const std::vector<std::string>& candidates) {
  const std::vector<std::string_view> views(candidates.begin(), candidates.end());
  const auto nearest = FindNearest(word, views);
  return nearest ? "; did you mean '" + std::string(*nearest) + "'?" : std::string();
}

std::string ListOf(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

std::string ExplainExtra(const CLI::App& verb, const std::string& word) {
  if (word.starts_with("-")) {
    const std::string name = word.substr(0, word.find('='));
    return "unknown option '" + name + "'" + Suggest(name, OptionsOf(verb));
  }
  const std::vector<std::string> verbs = VerbsOf(verb);
  if (verbs.empty()) return "unexpected argument '" + word + "'";
  return "unknown verb '" + word + "'" + Suggest(word, verbs);
}

}  // namespace

std::string ExplainUsage(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& verb = DeepestVerb(app);
  const std::vector<std::string> extras = app.remaining(true);
  if (!extras.empty()) return ExplainExtra(verb, extras.front());
  const bool waits = !VerbsOf(verb).empty() && verb.get_subcommands().empty();
  if (waits && error.get_name() == "RequiredError") {
    return "expected a verb: " + ListOf(VerbsOf(verb));
  }
  return error.what();
}

}  // namespace openimds::cli
