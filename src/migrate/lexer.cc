// SPDX-License-Identifier: Apache-2.0
#include "migrate/lexer.h"

#include <algorithm>
#include <string>
#include <utility>

namespace openimds::migrate {
namespace {

class Lexer {
 public:
  Lexer(std::string_view text, Language language)
      : text_(text), language_(language), lexis_(LexisOf(language)) {}

  Lexed Run() {
    while (at_ < text_.size()) {
      if (!TakeComment() && !TakeString()) ++at_;
    }
    return std::move(lexed_);
  }

 private:
  bool At(std::string_view word) const {
    return !word.empty() && text_.compare(at_, word.size(), word) == 0;
  }

  bool FollowsSpace() const {
    return at_ == 0 || std::string_view(" \t\n\r;(").find(text_[at_ - 1]) != std::string_view::npos;
  }

  bool TakeComment() {
    if (At(lexis_.block_begin)) {
      const std::size_t from = at_ + lexis_.block_begin.size();
      const std::size_t end = text_.find(lexis_.block_end, from);
      Take(&lexed_.prose,
           end == std::string_view::npos ? text_.size() : end + lexis_.block_end.size());
      return true;
    }
    if (lexis_.comment_after_space && !FollowsSpace()) return false;
    for (const std::string_view marker : lexis_.line_comments) {
      if (!At(marker)) continue;
      Take(&lexed_.prose, std::min(text_.find('\n', at_), text_.size()));
      return true;
    }
    return false;
  }

  bool TakeString() {
    const char quote = text_[at_];
    if (lexis_.quotes.find(quote) == std::string_view::npos) return false;
    if (lone_.find(quote) != std::string::npos) return false;
    const std::string_view triple = text_.substr(at_, 3);
    if (lexis_.triple_quotes && triple == std::string(3, quote)) {
      TakeTripleQuoted(triple);
    } else {
      Take(&lexed_.strings, EndOfString(quote));
    }
    return true;
  }

  void TakeTripleQuoted(std::string_view triple) {
    const bool stands_alone = language_ == Language::kPython && IsStatement();
    const std::size_t end = text_.find(triple, at_ + 3);
    Take(stands_alone ? &lexed_.prose : &lexed_.strings,
         end == std::string_view::npos ? text_.size() : end + 3);
  }

  // Whether what begins here begins a statement: then a string is Python's kind of comment.
  bool IsStatement() const {
    const std::size_t before = text_.substr(0, at_).find_last_not_of(" \t\r\n");
    if (before == std::string_view::npos) return true;
    const bool begins_line =
        text_.substr(before + 1, at_ - before - 1).find('\n') != std::string_view::npos;
    return begins_line &&
           std::string_view("(,[{=+\\").find(text_[before]) == std::string_view::npos;
  }

  std::size_t EndOfString(char quote) {
    const bool is_long = lexis_.long_quotes.find(quote) != std::string_view::npos;
    // In shells and PowerShell nothing is escaped between apostrophes; in Go nothing between `.
    const bool raw =
        (quote == '\'' && (language_ == Language::kShell || language_ == Language::kPowerShell)) ||
        (quote == '`' && language_ == Language::kGo);
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == lexis_.escape && !raw) {
        ++i;
      } else if (text_[i] == quote) {
        return i + 1;
      } else if (text_[i] == '\n' && !is_long) {
        return i;
      }
    }
    if (!is_long) return text_.size();
    lone_.push_back(quote);  // a lone quote is no string, nor is any of its kind behind it
    return at_ + 1;
  }

  void Take(std::vector<Span>* into, std::size_t end) {
    end = std::min(end, text_.size());
    if (end > at_ + 1) into->push_back({at_, end});
    at_ = std::max(end, at_ + 1);
  }

  const std::string_view text_;
  const Language language_;
  const Lexis& lexis_;
  std::size_t at_ = 0;
  std::string lone_;
  Lexed lexed_;
};

bool IsFence(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t>");
  if (begin == std::string_view::npos) return false;
  return line.substr(begin).starts_with("```") || line.substr(begin).starts_with("~~~");
}

// A document's words are prose, except in fenced blocks.
Lexed LexDocument(std::string_view text) {
  Lexed lexed;
  bool in_fence = false;
  std::size_t prose_begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    if (IsFence(text.substr(at, end - at))) {
      if (!in_fence) lexed.prose.push_back({prose_begin, end});
      in_fence = !in_fence;
      prose_begin = at;
    }
    at = end;
  }
  if (!in_fence && prose_begin < text.size()) lexed.prose.push_back({prose_begin, text.size()});
  return lexed;
}

}  // namespace

Lexed Lex(std::string_view text, Language language) {
  if (language == Language::kProse) return LexDocument(text);
  return Lexer(text, language).Run();
}

}  // namespace openimds::migrate
