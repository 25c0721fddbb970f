// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "migrate/language.h"

namespace openimds::migrate {

// Bytes [begin, end) of a text.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;

  bool Holds(std::size_t offset) const { return offset >= begin && offset < end; }
};

// As people and editors count: from 1, columns in characters (code points).
struct Position {
  std::size_t line = 1;
  std::size_t column = 1;
};

// One file, with what all rules want to know of it. Never changes; offsets are bytes.
class SourceText {
 public:
  SourceText(std::string path, std::string content);

  const std::string& path() const { return path_; }
  std::string_view text() const { return text_; }
  // The same bytes with ASCII letters in lower case: the offsets are the same.
  std::string_view lower() const { return lower_; }
  Language language() const { return language_; }
  std::string_view line_ending() const { return line_ending_; }  // of the first line; "\n" if none

  std::string_view Text(Span span) const {
    return std::string_view(text_).substr(span.begin, span.end - span.begin);
  }
  Position PositionOf(std::size_t offset) const;
  // The line around `offset`: without its ending, or with it.
  Span LineAt(std::size_t offset) const;
  Span WholeLineAt(std::size_t offset) const;
  // What a line begins with, up to its first character that is no blank.
  std::string_view IndentAt(std::size_t offset) const;
  // What is near `offset` in its line: files of one endless line cost no more than others.
  Span NearInLine(std::size_t offset) const;
  // That line and those around it, `lines` on each side, as far as they are near.
  Span Around(std::size_t offset, std::size_t lines) const;

  // Whether it stands where only people read: in a comment, a docstring, in prose.
  bool IsProse(std::size_t offset) const;
  // The string around `offset`, with its quotes; empty if there is none.
  Span StringAt(std::size_t offset) const;

  bool HasWord(std::string_view lower_word) const { return FindWord(lower_word, 0) != kNone; }
  // The next place of a word, in any letter case: no letter, digit or '_' beside it.
  std::size_t FindWord(std::string_view lower_word, std::size_t from) const;
  // The same, within a span; what is behind it is not looked at.
  std::size_t FindWordIn(std::string_view lower_word, Span span) const;

  static constexpr std::size_t kNone = std::string_view::npos;

 private:
  std::string path_;
  std::string text_;
  std::string lower_;
  Language language_;
  std::string line_ending_ = "\n";
  std::vector<std::size_t> line_starts_;
  std::vector<Span> prose_;    // sorted, apart
  std::vector<Span> strings_;  // sorted, apart
};

bool IsWordCharacter(char c);

}  // namespace openimds::migrate
