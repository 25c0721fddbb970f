// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "migrate/source_text.h"

namespace openimds::migrate {

// One command of a shell or of PowerShell, over as many lines as it goes on.
struct CommandWord {
  Span span;
  std::string value;  // without its quotes; what is expanded at run time stays as written
};
struct CommandLine {
  Span span;  // from the first word to the last
  std::vector<CommandWord> words;

  // The word behind an option that is one of `names` ("--name", "-n"), or what follows its `=`.
  // Compared without case. Nothing if it is not there.
  const CommandWord* FindValue(std::initializer_list<std::string_view> names) const;
  bool HasWord(std::string_view lower_value) const;
};

struct ShellSyntax {
  char escape;  // behind it a line goes on
};
inline constexpr ShellSyntax kPosixShell{'\\'};
inline constexpr ShellSyntax kPowerShellSyntax{'`'};

// The command that begins at `begin`, up to where the shell would end it.
CommandLine ReadCommand(const SourceText& source, std::size_t begin, ShellSyntax syntax);

// Where the command begins that `program` (lower case) starts and that holds `offset`: a word that
// a shell would take for a program's name, not one in the middle of a string. kNone if none does.
std::size_t FindCommand(const SourceText& source, std::string_view program, std::size_t offset,
                        ShellSyntax syntax);

}  // namespace openimds::migrate
