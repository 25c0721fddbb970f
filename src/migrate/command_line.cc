// SPDX-License-Identifier: Apache-2.0
#include "migrate/command_line.h"

#include <algorithm>

#include "base/text.h"

namespace openimds::migrate {
namespace {

constexpr std::size_t kMostLines = 50;  // of one command
constexpr std::size_t kLongestCommand = std::size_t{8} * 1024;
constexpr int kMostTries = 20;

class CommandReader {
 public:
  CommandReader(std::string_view text, std::size_t at, ShellSyntax syntax)
      : text_(text), at_(at), escape_(syntax.escape) {}

  CommandLine Read() {
    CommandLine command;
    while (SkipSpace()) {
      CommandWord word = ReadWord();
      if (word.span.end == word.span.begin) break;
      command.words.push_back(std::move(word));
    }
    if (!command.words.empty()) {
      command.span = {command.words.front().span.begin, command.words.back().span.end};
    }
    return command;
  }

 private:
  // False at the end of the command.
  bool SkipSpace() {
    while (at_ < text_.size()) {
      const std::size_t continued = EndOfContinuation();
      if (continued != 0) {
        at_ = continued;
      } else if (text_[at_] == ' ' || text_[at_] == '\t') {
        ++at_;
      } else {
        return !EndsCommand(text_[at_]);
      }
    }
    return false;
  }

  // Behind `\` and the end of the line; 0 if that is not here.
  std::size_t EndOfContinuation() const {
    if (text_[at_] != escape_) return 0;
    if (text_.compare(at_ + 1, 1, "\n") == 0) return at_ + 2;
    return text_.compare(at_ + 1, 2, "\r\n") == 0 ? at_ + 3 : 0;
  }

  bool EndsCommand(char c) const {
    return c == '\n' || c == '\r' || c == '|' || c == ';' || c == ')' || c == '}' || c == '&' ||
           (c == '`' && escape_ != '`');
  }

  CommandWord ReadWord() {
    CommandWord word{{at_, at_}, {}};
    int depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (EndOfContinuation() != 0) {
        if (depth == 0) break;
        at_ = EndOfContinuation();
        continue;
      }
      if (depth == 0 && (c == ' ' || c == '\t' || EndsCommand(c))) break;
      if (c == '"' || c == '\'') {
        if (!ReadQuoted(c, &word.value)) break;
        continue;
      }
      if (c == '(' || c == '{') ++depth;
      if (c == ')' || c == '}') --depth;
      if (c == escape_ && at_ + 1 < text_.size()) ++at_;
      word.value.push_back(text_[at_++]);
    }
    word.span.end = at_;
    return word;
  }

  bool ReadQuoted(char quote, std::string* value) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote) {
      if (quote == '"' && text_[end] == escape_ && end + 1 < text_.size()) ++end;
      value->push_back(text_[end++]);
    }
    const bool closed = end < text_.size();
    at_ = closed ? end + 1 : text_.size();
    return closed;
  }

  std::string_view text_;
  std::size_t at_;
  char escape_;
};

// The first line of those that are one by continuation.
std::size_t BeginOfCommandLines(const SourceText& source, std::size_t offset, ShellSyntax syntax) {
  Span line = source.LineAt(offset);
  for (std::size_t i = 0; i < kMostLines && line.begin > 0; ++i) {
    const Span above = source.LineAt(line.begin - 1);
    const std::string_view text = source.Text(above);
    if (text.empty() || text.back() != syntax.escape) break;
    line = above;
  }
  return std::max(line.begin, offset - std::min(offset, kLongestCommand));
}

// Whether a shell that reads `before` is in the middle of a string, and not in $(…) in it.
bool EndsInString(std::string_view before, char escape) {
  char quote = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] == escape && quote != '\'') {
      ++i;
    } else if (quote == 0 && (before[i] == '"' || before[i] == '\'')) {
      quote = before[i];
    } else {
      const bool leaves = before.substr(i).starts_with("$(") || before[i] == '`';
      if (before[i] == quote || (quote == '"' && leaves)) quote = 0;
    }
  }
  return quote != 0;
}

// Whether a word stands where a shell would look for the name of a program.
bool IsProgram(std::string_view text, std::size_t begin, std::size_t end, char escape) {
  const char before = begin == 0 ? ' ' : text[begin - 1];
  const char after = end < text.size() ? text[end] : '\n';
  return std::string_view(" \t(`|&;{=!").find(before) != std::string_view::npos &&
         (after == ' ' || after == '\t') && !EndsInString(text.substr(0, begin), escape);
}

}  // namespace

const CommandWord* CommandLine::FindValue(std::initializer_list<std::string_view> names) const {
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (const std::string_view name : names) {
      if (EqualsIgnoringCase(words[i].value, name)) {
        return i + 1 < words.size() ? &words[i + 1] : nullptr;
      }
    }
  }
  return nullptr;
}

bool CommandLine::HasWord(std::string_view lower_value) const {
  for (const CommandWord& word : words) {
    if (EqualsIgnoringCase(word.value, lower_value)) return true;
  }
  return false;
}

CommandLine ReadCommand(const SourceText& source, std::size_t begin, ShellSyntax syntax) {
  return CommandReader(source.text().substr(0, begin + kLongestCommand), begin, syntax).Read();
}

std::size_t FindCommand(const SourceText& source, std::string_view program, std::size_t offset,
                        ShellSyntax syntax) {
  const std::size_t first = BeginOfCommandLines(source, offset, syntax);
  const std::string_view text = source.lower().substr(first, offset - first);
  std::size_t at = text.rfind(program);
  for (int i = 0; i < kMostTries && at != std::string_view::npos; ++i) {
    if (IsProgram(source.text().substr(first), at, at + program.size(), syntax.escape)) {
      const CommandLine command = ReadCommand(source, first + at, syntax);
      return command.span.Holds(offset) ? first + at : SourceText::kNone;
    }
    at = at == 0 ? std::string_view::npos : text.rfind(program, at - 1);
  }
  return SourceText::kNone;
}

}  // namespace openimds::migrate
