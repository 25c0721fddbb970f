// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string>

#include "base/text.h"
#include "migrate/command_line.h"
#include "migrate/examine.h"
#include "migrate/json_removal.h"

// Commands of az and of PowerShell that install the extension, or restart it.
namespace openimds::migrate {
namespace {

constexpr std::string_view kExtension = "managedidentityextensionfor";
constexpr std::string_view kCmdlets[] = {"set-azvmextension", "set-azurermvmextension",
                                         "add-azvmssextension", "add-azurermvmssextension",
                                         "new-azvmssextension"};

bool TakesCommands(Language language) {
  return language == Language::kShell || language == Language::kProse ||
         language == Language::kDockerfile || language == Language::kYaml ||
         language == Language::kPowerShell || language == Language::kBatch;
}

bool IsWord(const CommandLine& command, std::size_t i, std::string_view lower) {
  return i < command.words.size() && EqualsIgnoringCase(command.words[i].value, lower);
}

// `az vm identity assign`, for the machine that the command names. It keeps other identities.
std::optional<Edit> AssignInstead(const SourceText& source, const CommandLine& command) {
  const bool is_set = IsWord(command, 2, "extension") && IsWord(command, 3, "set");
  const bool is_machine = IsWord(command, 1, "vm");
  const auto* group = command.FindValue({"--resource-group", "-g"});
  const auto* machine =
      is_machine ? command.FindValue({"--vm-name"}) : command.FindValue({"--vmss-name"});
  if (!is_set || !group || !machine || command.HasWord("--ids")) return std::nullopt;
  const std::string text = "az " + command.words[1].value + " identity assign --resource-group " +
                           std::string(source.Text(group->span)) + " --name " +
                           std::string(source.Text(machine->span));
  return Edit{command.span, text};
}

// A machine that has a user-assigned identity must not get another default beside it.
bool GivesIdentity(const SourceText& source) {
  for (const std::string_view mark :
       {"userassignedidentities", "--assign-identity", "identity assign", "--identities"}) {
    if (source.lower().find(mark) != SourceText::kNone) return true;
  }
  return false;
}

bool Names(const SourceText& source, const CommandLine& command) {
  return source.lower()
             .substr(command.span.begin, command.span.end - command.span.begin)
             .find(kExtension) != SourceText::kNone;
}

void FindAz(const SourceText& source, std::size_t at, Findings* findings) {
  const std::size_t begin = FindCommand(source, "az", at, kPosixShell);
  if (begin == SourceText::kNone) return;
  const CommandLine command = ReadCommand(source, begin, kPosixShell);
  const bool on_machines = IsWord(command, 1, "vm") || IsWord(command, 1, "vmss");
  if (!on_machines || !IsWord(command, 2, "extension") || !Names(source, command)) return;
  if (!IsWord(command, 3, "set")) return findings->TakeSpan(command.span);  // a way off
  const auto assign = AssignInstead(source, command);
  if (assign && !GivesIdentity(source)) {
    findings->Rewrite("command-extension", command.span, {*assign});
  } else {
    findings->Report("command-extension", command.span,
                     assign ? "an identity is given elsewhere in the file; the command can go"
                            : "the machine it is for is not named plainly");
  }
}

void FindCmdlet(const SourceText& source, std::size_t at, Findings* findings) {
  for (const std::string_view name : kCmdlets) {
    const std::size_t begin = FindCommand(source, name, at, kPowerShellSyntax);
    if (begin == SourceText::kNone) continue;
    const CommandLine command = ReadCommand(source, begin, kPowerShellSyntax);
    if (Names(source, command)) {
      findings->Report("command-extension", command.span,
                       "which identities the machine has and is to keep is not known here");
    }
    return;
  }
}

}  // namespace

void FindCommands(const SourceText& source, Findings* findings) {
  if (!TakesCommands(source.language())) return;
  std::size_t places = 0;
  for (std::size_t at = source.lower().find(kExtension); at != SourceText::kNone;
       at = source.lower().find(kExtension, at + 1)) {
    if (++places > Findings::kMostFindings) return;
    if (source.IsProse(at) || findings->IsTaken(at)) continue;
    FindAz(source, at, findings);
    FindCmdlet(source, at, findings);
  }
}

}  // namespace openimds::migrate
