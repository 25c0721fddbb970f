// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.h"
#include "migrate/command_line.h"
#include "migrate/request_rewrite.h"

// A GET stays one; of a POST, curl itself makes a GET whose form is the query, with --get.
namespace openimds::migrate {
namespace {

constexpr std::string_view kOptionsWithValue = "HdXoAuwmbcCDeEFKPQrtTUxyYz";

struct CurlUse {
  Span program;
  bool sends_data = false;
  bool gets = false;  // -G
  bool has_metadata = false;
  Span method;  // -X POST, with its word
  std::string method_name;
};

void TakeHeader(std::string_view value, CurlUse* use) {
  if (StartsWithIgnoringCase(value, "metadata")) use->has_metadata = true;
}

void TakeLongOption(const CommandLine& command, std::size_t i, CurlUse* use) {
  const std::string& word = command.words[i].value;
  const std::string next = i + 1 < command.words.size() ? command.words[i + 1].value : "";
  if (word == "--get") use->gets = true;
  if (word.starts_with("--data")) use->sends_data = true;
  if (word == "--header") TakeHeader(next, use);
  if (word == "--request" && i + 1 < command.words.size()) {
    use->method = {command.words[i].span.begin, command.words[i + 1].span.end};
    use->method_name = next;
  }
}

// `-sSH 'Metadata: true'`, `-XPOST`: letters, the last one with a value in this word or the next.
void TakeShortOptions(const CommandLine& command, std::size_t i, CurlUse* use) {
  const std::string& word = command.words[i].value;
  for (std::size_t letter = 1; letter < word.size(); ++letter) {
    if (word[letter] == 'G') use->gets = true;
    if (kOptionsWithValue.find(word[letter]) == std::string_view::npos) continue;
    const bool attached = letter + 1 < word.size();
    const std::size_t holder = attached ? i : std::min(i + 1, command.words.size() - 1);
    const std::string value = attached ? word.substr(letter + 1) : command.words[holder].value;
    if (word[letter] == 'H') TakeHeader(value, use);
    if (word[letter] == 'd') use->sends_data = true;
    if (word[letter] == 'X') {
      use->method_name = value;
      // Of a cluster only -X itself may go.
      if (letter == 1) use->method = {command.words[i].span.begin, command.words[holder].span.end};
    }
    return;
  }
}

CurlUse ReadUse(const CommandLine& command) {
  CurlUse use;
  use.program = command.words.front().span;
  for (std::size_t i = 1; i < command.words.size(); ++i) {
    const std::string& word = command.words[i].value;
    if (word.starts_with("--")) {
      TakeLongOption(command, i, &use);
    } else if (word.starts_with("-")) {
      TakeShortOptions(command, i, &use);
    }
  }
  return use;
}

// With a space before it, so that none is left over.
Span WithSpaceBefore(const SourceText& source, Span span) {
  while (span.begin > 0 && (source.text()[span.begin - 1] == ' ')) --span.begin;
  return span;
}

bool TakesCommands(Language language) {
  return language == Language::kShell || language == Language::kProse ||
         language == Language::kDockerfile || language == Language::kYaml;
}

// A query wants quotes: `?` and `&` mean something to shells.
void Quote(const SourceText& source, const CommandWord& word, std::vector<Edit>* edits) {
  const std::string_view text = source.Text(word.span);
  if (text.find_first_of("\"'") != std::string_view::npos) return;
  const std::string quote = text.find('$') == std::string_view::npos ? "'" : "\"";
  edits->front().text.insert(0, quote);
  edits->push_back({{word.span.end, word.span.end}, quote});
}

const CommandWord* WordAt(const CommandLine& command, std::size_t offset) {
  for (const CommandWord& word : command.words) {
    if (word.span.Holds(offset)) return &word;
  }
  return nullptr;
}

}  // namespace

std::optional<Rewriting> RewriteCurl(const SourceText& source, const EndpointUrl& url) {
  if (!TakesCommands(source.language())) return std::nullopt;
  const std::size_t begin = FindCommand(source, "curl", url.span.begin, kPosixShell);
  if (begin == SourceText::kNone) return std::nullopt;
  const CommandLine command = ReadCommand(source, begin, kPosixShell);
  const CurlUse use = ReadUse(command);
  const CommandWord* word = WordAt(command, url.span.begin);
  const bool posts = EqualsIgnoringCase(use.method_name, "POST");
  if (!word || (!posts && !use.method_name.empty() && use.method_name != "GET")) {
    return ByHand("this curl command is not a plain GET or POST");
  }
  if (posts && use.method.end == 0) return ByHand("take -X out of its group of options first");
  if (url.path == EndpointUrl::Path::kNone || url.path == EndpointUrl::Path::kOther) {
    return ByHand("its path is not that of the token endpoint");
  }
  Rewriting result{ReplaceUrl(source, url, true), {}};
  const std::string_view tail = source.Text({url.span.begin, word->span.end});
  if (tail.find_first_of(" \t\n") == std::string_view::npos) Quote(source, *word, &result.edits);
  std::string options;
  if (use.sends_data && !use.gets) options += " --get";
  if (!use.has_metadata) options += " -H Metadata:true";
  if (!options.empty()) result.edits.push_back({{use.program.end, use.program.end}, options});
  if (posts) result.edits.push_back({WithSpaceBefore(source, use.method), ""});
  return result;
}

}  // namespace openimds::migrate
