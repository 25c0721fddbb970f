// SPDX-License-Identifier: Apache-2.0
#include "migrate/finding.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace openimds::migrate {
namespace {

constexpr std::string_view kIgnore = "openimds-migrate: ignore";

// Whether nothing but the beginning of a comment stands before the mark.
bool IsOnItsOwn(std::string_view line, std::size_t mark) {
  std::string_view before = TrimSpace(line.substr(0, mark));
  if (EqualsIgnoringCase(before, "rem")) return true;
  return before.find_first_not_of("/#*<!-;:%'") == std::string_view::npos;
}

}  // namespace

bool Findings::IsIgnored(std::size_t offset) const {
  const Span line = source_.LineAt(offset);
  if (source_.Text(line).find(kIgnore) != std::string_view::npos) return true;
  if (line.begin == 0) return false;
  const std::string_view above = source_.Text(source_.LineAt(line.begin - 1));
  const std::size_t mark = above.find(kIgnore);
  return mark != std::string_view::npos && IsOnItsOwn(above, mark);
}

bool Findings::IsTaken(std::size_t offset) const {
  return std::any_of(taken_.begin(), taken_.end(),
                     [offset](const Span& span) { return span.Holds(offset); });
}

void Findings::Report(std::string_view rule, Span span, std::string by_hand) {
  Add({&RuleOf(rule), RuleOf(rule).level, span, {}, std::move(by_hand)});
}

void Findings::Rewrite(std::string_view rule, Span span, std::vector<Edit> edits) {
  Add({&RuleOf(rule), RuleOf(rule).level, span, std::move(edits), {}});
}

void Findings::Note(std::string_view rule, Span span, std::string by_hand) {
  Add({&RuleOf(rule), Level::kNote, span, {}, std::move(by_hand)});
}

void Findings::Add(Finding finding) {
  if (is_full() || IsIgnored(finding.span.begin) || IsTaken(finding.span.begin)) return;
  taken_.push_back(finding.span);
  found_.push_back(std::move(finding));
}

std::vector<Finding> Findings::InOrder() && {
  std::stable_sort(found_.begin(), found_.end(),
                   [](const Finding& a, const Finding& b) { return a.span.begin < b.span.begin; });
  return std::move(found_);
}

}  // namespace openimds::migrate
