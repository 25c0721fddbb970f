// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "migrate/rules.h"
#include "migrate/source_text.h"

namespace openimds::migrate {

// Replaces the bytes of `span` with `text`.
struct Edit {
  Span span;
  std::string text;

  bool operator==(const Edit& other) const {
    return span.begin == other.span.begin && span.end == other.span.end && text == other.text;
  }
};

// One use of the old endpoint.
struct Finding {
  const Rule* rule = nullptr;
  Level level = Level::kNote;
  Span span;
  // With edits it is rewritten: all of them together, or none. Without, `by_hand` says why a
  // machine should not do it, or is empty if the rule's new form says it all.
  std::vector<Edit> edits;
  std::string by_hand;
  bool rewritten_with_another = false;  // the edits of an earlier finding of this file do it
};

// What the rules say of one file. Keeps out what its author marked with `openimds-migrate: ignore`
// (in that line, or in a comment of its own on the line above), and what lies inside a span that
// another finding has taken. Every finding needs a line of output: at most kMostFindings are kept.
class Findings {
 public:
  static constexpr std::size_t kMostFindings = 1000;

  explicit Findings(const SourceText& source) : source_(source) {}

  bool IsIgnored(std::size_t offset) const;
  bool IsTaken(std::size_t offset) const;
  void TakeSpan(Span span) { taken_.push_back(span); }  // what is in it needs no finding

  void Report(std::string_view rule, Span span, std::string by_hand);
  void Rewrite(std::string_view rule, Span span, std::vector<Edit> edits);
  void Note(std::string_view rule, Span span, std::string by_hand);
  void Add(Finding finding);

  bool is_full() const { return found_.size() >= kMostFindings; }
  std::vector<Finding> InOrder() &&;

 private:
  const SourceText& source_;
  std::vector<Span> taken_;
  std::vector<Finding> found_;
};

}  // namespace openimds::migrate
