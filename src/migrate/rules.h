// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

// What the migration knows, as data: which uses of the old endpoint there are, why each breaks, and
// what takes its place. docs/guides/from-extension-to-imds.md explains each rule under its id.
namespace openimds::migrate {

// A warning stops working when the extension goes; a note is worth knowing and stops nothing.
enum class Level { kNote, kWarning, kError };
std::string_view NameOf(Level level);  // "note", "warning", "error", as SARIF has them

struct Rule {
  std::string_view id;        // stable once released
  Level level;                // of most of its findings
  std::string_view what;      // what was found, as the beginning of a sentence
  std::string_view why;       // why it breaks
  std::string_view new_form;  // what to write in its place
};

std::span<const Rule> AllRules();  // in the order of the guide

// Aborts if there is none: ids are written in this program only.
const Rule& RuleOf(std::string_view id);

// A name that gives a use away: a word of an old client, a variable, a file, a unit.
struct Symbol {
  std::string_view text;
  std::string_view rule;
  // The file must hold one of these as well, in any letter case; parted by '|', empty for none.
  // Words such as MSICredentials belong to others, too.
  std::string_view beside;
  bool only_in_code = true;  // else in comments and prose as well, as a note
};
std::span<const Symbol> AllSymbols();

}  // namespace openimds::migrate
