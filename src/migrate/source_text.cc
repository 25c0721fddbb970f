// SPDX-License-Identifier: Apache-2.0
#include "migrate/source_text.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "migrate/lexer.h"

namespace openimds::migrate {
namespace {

constexpr std::size_t kNear = 400;  // bytes, of one line

Span FindSpan(const std::vector<Span>& spans, std::size_t offset) {
  const auto after =
      std::upper_bound(spans.begin(), spans.end(), offset,
                       [](std::size_t value, const Span& span) { return value < span.begin; });
  if (after == spans.begin() || !std::prev(after)->Holds(offset)) return {};
  return *std::prev(after);
}

}  // namespace

bool IsWordCharacter(char c) {
  const char lower = ToLowerAscii(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

SourceText::SourceText(std::string path, std::string content)
    : path_(std::move(path)),
      text_(std::move(content)),
      lower_(LowerAscii(text_)),
      language_(LanguageOf(path_, text_)) {
  line_starts_.push_back(0);
  for (std::size_t i = text_.find('\n'); i != kNone; i = text_.find('\n', i + 1)) {
    line_starts_.push_back(i + 1);
  }
  if (line_starts_.size() > 1 && line_starts_[1] > 1 && text_[line_starts_[1] - 2] == '\r') {
    line_ending_ = "\r\n";
  }
  Lexed lexed = Lex(text_, language_);
  prose_ = std::move(lexed.prose);
  strings_ = std::move(lexed.strings);
}

Position SourceText::PositionOf(std::size_t offset) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const std::size_t start = *std::prev(after);
  const auto column =
      std::count_if(text_.begin() + static_cast<std::ptrdiff_t>(start),
                    text_.begin() + static_cast<std::ptrdiff_t>(std::min(offset, text_.size())),
                    [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  return {static_cast<std::size_t>(after - line_starts_.begin()),
          static_cast<std::size_t>(column) + 1};
}

Span SourceText::WholeLineAt(std::size_t offset) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  return {*std::prev(after), after == line_starts_.end() ? text_.size() : *after};
}

Span SourceText::LineAt(std::size_t offset) const {
  Span line = WholeLineAt(offset);
  if (line.end > line.begin && text_[line.end - 1] == '\n') --line.end;
  if (line.end > line.begin && text_[line.end - 1] == '\r') --line.end;
  return line;
}

std::string_view SourceText::IndentAt(std::size_t offset) const {
  const std::string_view line = Text(LineAt(offset));
  return line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
}

Span SourceText::Around(std::size_t offset, std::size_t lines) const {
  const std::size_t here = PositionOf(offset).line - 1;
  const std::size_t first = here > lines ? here - lines : 0;
  const std::size_t last = here + lines + 1;
  const std::size_t end = last < line_starts_.size() ? line_starts_[last] : text_.size();
  return {std::max(line_starts_[first], offset - std::min(offset, kNear * (lines + 1))),
          std::min(end, offset + kNear * (lines + 1))};
}

Span SourceText::NearInLine(std::size_t offset) const {
  const Span line = LineAt(offset);
  return {std::max(line.begin, offset - std::min(offset, kNear)),
          std::min(line.end, offset + kNear)};
}

bool SourceText::IsProse(std::size_t offset) const { return FindSpan(prose_, offset).end != 0; }

Span SourceText::StringAt(std::size_t offset) const { return FindSpan(strings_, offset); }

std::size_t SourceText::FindWord(std::string_view lower_word, std::size_t from) const {
  return FindWordIn(lower_word, {from, lower_.size()});
}

std::size_t SourceText::FindWordIn(std::string_view lower_word, Span span) const {
  const std::string_view text = std::string_view(lower_).substr(0, span.end);
  for (std::size_t at = text.find(lower_word, span.begin); at != kNone;
       at = text.find(lower_word, at + 1)) {
    const std::size_t end = at + lower_word.size();
    const bool begins = at == 0 || !IsWordCharacter(lower_[at - 1]);
    const bool ends = end == lower_.size() || !IsWordCharacter(lower_[end]);
    if (begins && ends) return at;
  }
  return kNone;
}

}  // namespace openimds::migrate
