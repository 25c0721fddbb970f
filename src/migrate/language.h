// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace openimds::migrate {

// Only as far as it decides how to look and what may be rewritten.
enum class Language {
  kOther,  // searched as if all of it were code
  kPython,
  kCurly,       // C, C++, C#, Java, Kotlin, Rust, Swift: // and /* */, strings in double quotes
  kJavaScript,  // and TypeScript
  kGo,
  kPhp,
  kHash,  // Perl, R, make and others with # comments
  kRuby,
  kShell,
  kPowerShell,
  kBatch,
  kJson,  // with or without comments
  kYaml,
  kSettings,  // .env, .ini, .toml, systemd units, .properties
  kDockerfile,
  kTerraform,
  kBicep,
  kXml,
  kProse,  // Markdown and other documents: what stands in fenced blocks is code
};

// By name and extension, else by a `#!` line.
Language LanguageOf(std::string_view path, std::string_view content);

// What a language's comments and strings look like.
struct Lexis {
  std::span<const std::string_view> line_comments;
  std::string_view block_begin;
  std::string_view block_end;
  std::string_view quotes;       // end with the line, if not also in `long_quotes`
  std::string_view long_quotes;  // may go over lines
  char escape = '\\';
  bool triple_quotes = false;        // of each of `quotes`
  bool comment_after_space = false;  // a line comment begins a line or follows white space
};
const Lexis& LexisOf(Language language);

}  // namespace openimds::migrate
