// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace openimds::cli {

// An option whose value is one of `names`, which stand in the order of the enumeration.
template <class Enumeration, class Target>
CLI::Option* AddChoice(CLI::App& app, const std::string& option, Target& target,
                       std::span<const std::string_view> names, const std::string& description) {
  std::map<std::string, Enumeration> values;
  std::string shown;
  for (std::size_t i = 0; i < names.size(); ++i) {
    values.emplace(names[i], static_cast<Enumeration>(i));
    shown += (i == 0 ? "" : "|") + std::string(names[i]);
  }
  const auto check = [values, shown](std::string& text) -> std::string {
    const auto found = values.find(text);
    if (found == values.end()) return "expected " + shown + ", got '" + text + "'";
    text = std::to_string(static_cast<int>(found->second));
    return {};
  };
  return app.add_option(option, target, description)
      ->transform(CLI::Validator(check, shown, "choice"))
      ->option_text(shown);
}

}  // namespace openimds::cli
