// SPDX-License-Identifier: Apache-2.0
#include "migrate/command_line.h"

#include <gtest/gtest.h>

#include <string>

namespace openimds::migrate {
namespace {

std::string Values(const CommandLine& command) {
  std::string all;
  for (const CommandWord& word : command.words) all += (all.empty() ? "" : "|") + word.value;
  return all;
}

TEST(CommandLine, ReadsWordsAsAShellDoes) {
  const auto read = [](const std::string& text) {
    return Values(ReadCommand(SourceText("a.sh", text), 0, kPosixShell));
  };
  EXPECT_EQ(read("a 'b c' \"d \\\" e\" f\\ g"), "a|b c|d \" e|f g");
  EXPECT_EQ(read("a \\\n  b \\\r\n c\nd"), "a|b|c");
  EXPECT_EQ(read("a b | c"), "a|b");
  EXPECT_EQ(read("a $(b c; d) ${e} f; g"), "a|$(b c; d)|${e}|f");
  EXPECT_EQ(read("a b) c"), "a|b");
  EXPECT_EQ(read("a 'open"), "a|open");
}

TEST(CommandLine, ReadsHashtablesOfPowerShellAsOneWord) {
  const SourceText source("a.ps1", "irm -Body @{ a = \"b\"; c = 'd' } `\n -Uri x");
  EXPECT_EQ(Values(ReadCommand(source, 0, kPowerShellSyntax)),
            "irm|-Body|@{ a = b; c = d }|-Uri|x");
}

TEST(CommandLine, FindsTheProgramThatAWordBelongsTo) {
  const auto find = [](const std::string& text) {
    const SourceText source("a.sh", text);
    return FindCommand(source, "curl", source.text().find("HERE"), kPosixShell);
  };
  EXPECT_EQ(find("curl HERE"), 0u);
  EXPECT_EQ(find("curl a; curl HERE"), 8u);
  EXPECT_EQ(find("x=$(curl \\\n -s HERE)"), 4u);
  EXPECT_EQ(find("x=\"$(curl HERE)\""), 5u);
  EXPECT_EQ(find("x=`curl HERE`"), 3u);
  EXPECT_EQ(find("curl a | HERE"), SourceText::kNone);
  EXPECT_EQ(find("sh -c \"curl HERE\""), SourceText::kNone);
  EXPECT_EQ(find("mycurl HERE"), SourceText::kNone);
  EXPECT_EQ(find("curl\nHERE"), SourceText::kNone);
}

TEST(CommandLine, GivesTheValueBehindAnOption) {
  const CommandLine command =
      ReadCommand(SourceText("a.sh", "az vm -g rg --Name \"x y\" -n"), 0, kPosixShell);
  ASSERT_TRUE(command.FindValue({"--resource-group", "-g"}));
  EXPECT_EQ(command.FindValue({"--resource-group", "-g"})->value, "rg");
  EXPECT_EQ(command.FindValue({"--name"})->value, "x y");
  EXPECT_EQ(command.FindValue({"-n"}), nullptr);
  EXPECT_EQ(command.FindValue({"--other"}), nullptr);
  EXPECT_TRUE(command.HasWord("vm"));
}

}  // namespace
}  // namespace openimds::migrate
