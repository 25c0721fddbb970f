// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/config.h"
#include "base/result.h"

// The one list of what can be configured. The parser, `openimds config check --keys` and the test
// that holds docs/configuration.md to its word all read it; a new key is one entry here.
namespace openimds {

using ConfigValue = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;

enum class ValueType { kText, kTextList, kBoolean, kInteger, kSeconds, kChoice };

// What a value must be. `least` and `most` bound numbers, `choices` lists the texts of a kChoice.
// `check` says what else must hold of a text, or of each text of a list; null if nothing must. It
// returns what was expected, or nothing if all is well.
struct ValueRule {
  ValueType type;
  std::int64_t least = 0;
  std::int64_t most = 0;
  std::span<const std::string_view> choices{};
  std::string_view expected{};
  bool (*check)(const std::string& text) = nullptr;
};

struct ConfigKey {
  std::string_view table;
  std::string_view name;
  ValueRule rule;
  std::string_view default_value;  // as the page shows it
  std::string_view meaning;
  // Puts a value that the rule allows where it belongs; a listener's into the last listener.
  void (*store)(Config& config, const ConfigValue& value);
};

inline constexpr std::string_view kListenerTable = "listener";
// Its keys are `identity` or `machine`, `kind` and the options of that kind
// (model/credential_settings.h).
inline constexpr std::string_view kCredentialTable = "credential";

std::span<const ConfigKey> ConfigKeys();

// `a whole number from 1 to 256`, `one of "imds", "vm_extension", "authority"`, …
std::string DescribeRule(const ValueRule& rule);

// REQUIRES: the value's alternative is the one that the type of the rule has.
bool Allows(const ValueRule& rule, const ConfigValue& value);

}  // namespace openimds
