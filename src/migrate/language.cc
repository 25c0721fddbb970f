// SPDX-License-Identifier: Apache-2.0
#include "migrate/language.h"

#include <string>

#include "base/text.h"

namespace openimds::migrate {
namespace {

struct Ending {
  std::string_view names;  // parted by spaces, with one before the first and behind the last
  Language language;
};

constexpr Ending kExtensions[] = {
    {" py pyw pyi ", Language::kPython},
    {" c h cc cpp cxx hpp cs java kt kts scala rs swift groovy m fs ", Language::kCurly},
    {" js mjs cjs jsx ts mts cts tsx vue ", Language::kJavaScript},
    {" go ", Language::kGo},
    {" php ", Language::kPhp},
    {" pl pm r mk cmake jl ex exs ", Language::kHash},
    {" rb rake gemspec erb ", Language::kRuby},
    {" sh bash zsh ksh bats ", Language::kShell},
    {" ps1 psm1 psd1 ", Language::kPowerShell},
    {" bat cmd ", Language::kBatch},
    {" json jsonc json5 template ", Language::kJson},
    {" yml yaml ", Language::kYaml},
    {" env ini cfg conf toml properties service socket timer ", Language::kSettings},
    {" dockerfile containerfile ", Language::kDockerfile},
    {" tf tfvars hcl ", Language::kTerraform},
    {" bicep bicepparam ", Language::kBicep},
    {" xml config csproj props targets xaml svg ", Language::kXml},
    {" md markdown rst txt adoc rdoc html htm xhtml ", Language::kProse},
};

constexpr Ending kNames[] = {
    {" dockerfile containerfile ", Language::kDockerfile},
    {" makefile gnumakefile ", Language::kHash},
    {" rakefile gemfile vagrantfile ", Language::kRuby},
    {" jenkinsfile ", Language::kCurly},
    {" .env .bashrc .profile ", Language::kSettings},
    {" readme changelog license notice ", Language::kProse},
};

constexpr Ending kInterpreters[] = {
    {" python python3 python2 ", Language::kPython},
    {" sh bash zsh ksh dash ", Language::kShell},
    {" node nodejs ", Language::kJavaScript},
    {" ruby ", Language::kRuby},
    {" perl ", Language::kHash},
    {" pwsh powershell ", Language::kPowerShell},
    {" php ", Language::kPhp},
};

template <std::size_t kSize>
Language FindIn(const Ending (&endings)[kSize], std::string_view name) {
  const std::string word = " " + LowerAscii(name) + " ";
  for (const Ending& ending : endings) {
    if (ending.names.find(word) != std::string_view::npos) return ending.language;
  }
  return Language::kOther;
}

std::string_view LastWordOf(std::string_view text, std::string_view separators) {
  return text.substr(text.find_last_of(separators) + 1);
}

Language ByInterpreter(std::string_view content) {
  if (!content.starts_with("#!")) return Language::kOther;
  const std::string_view line = TrimSpace(content.substr(2, content.find_first_of("\r\n") - 2));
  const std::string_view program = LastWordOf(line.substr(0, line.find(' ')), "/");
  if (program != "env") return FindIn(kInterpreters, program);
  return FindIn(kInterpreters, LastWordOf(line, " "));
}

constexpr std::string_view kHash[] = {"#"};
constexpr std::string_view kSlashes[] = {"//"};
constexpr std::string_view kHashOrSlashes[] = {"#", "//"};
constexpr std::string_view kHashOrSemicolon[] = {"#", ";"};
constexpr std::string_view kBatchComments[] = {"::", "rem ", "REM ", "Rem "};

constexpr Lexis kNoLexis{};
constexpr Lexis kPythonLexis{kHash, "", "", "\"'", "", '\\', true, false};
constexpr Lexis kCurlyLexis{kSlashes, "/*", "*/", "\"", "", '\\', true, false};
constexpr Lexis kJavaScriptLexis{kSlashes, "/*", "*/", "\"'`", "`", '\\', false, false};
constexpr Lexis kGoLexis{kSlashes, "/*", "*/", "\"`", "`", '\\', false, false};
constexpr Lexis kPhpLexis{kHashOrSlashes, "/*", "*/", "\"'", "\"'", '\\', false, false};
constexpr Lexis kHashLexis{kHash, "", "", "\"'", "", '\\', false, true};
constexpr Lexis kShellLexis{kHash, "", "", "\"'", "\"'", '\\', false, true};
constexpr Lexis kPowerShellLexis{kHash, "<#", "#>", "\"'", "\"'", '`', false, true};
constexpr Lexis kBatchLexis{kBatchComments, "", "", "", "", '^', false, true};
constexpr Lexis kJsonLexis{kSlashes, "/*", "*/", "\"", "\"", '\\', false, false};
constexpr Lexis kYamlLexis{kHash, "", "", "", "", '\\', false, true};
constexpr Lexis kSettingsLexis{kHashOrSemicolon, "", "", "", "", '\\', false, true};
constexpr Lexis kTerraformLexis{kHashOrSlashes, "/*", "*/", "\"", "", '\\', false, false};
constexpr Lexis kBicepLexis{kSlashes, "/*", "*/", "'", "", '\\', true, false};
constexpr Lexis kXmlLexis{{}, "<!--", "-->", "", "", '\\', false, false};

}  // namespace

Language LanguageOf(std::string_view path, std::string_view content) {
  const std::string_view name = LastWordOf(path, "/");
  if (const Language named = FindIn(kNames, name); named != Language::kOther) return named;
  if (StartsWithIgnoringCase(name, "dockerfile.")) return Language::kDockerfile;
  if (name.starts_with(".env.")) return Language::kSettings;
  if (name.find('.') != std::string_view::npos) {
    const Language by_extension = FindIn(kExtensions, LastWordOf(name, "."));
    if (by_extension != Language::kOther) return by_extension;
  }
  return ByInterpreter(content);
}

const Lexis& LexisOf(Language language) {
  switch (language) {
    case Language::kOther:
    case Language::kProse:
      return kNoLexis;
    case Language::kPython:
      return kPythonLexis;
    case Language::kCurly:
      return kCurlyLexis;
    case Language::kJavaScript:
      return kJavaScriptLexis;
    case Language::kGo:
      return kGoLexis;
    case Language::kPhp:
      return kPhpLexis;
    case Language::kHash:
    case Language::kRuby:
      return kHashLexis;
    case Language::kShell:
    case Language::kDockerfile:
      return kShellLexis;
    case Language::kPowerShell:
      return kPowerShellLexis;
    case Language::kBatch:
      return kBatchLexis;
    case Language::kJson:
      return kJsonLexis;
    case Language::kYaml:
      return kYamlLexis;
    case Language::kSettings:
      return kSettingsLexis;
    case Language::kTerraform:
      return kTerraformLexis;
    case Language::kBicep:
      return kBicepLexis;
    case Language::kXml:
      return kXmlLexis;
  }
  return kNoLexis;
}

}  // namespace openimds::migrate
