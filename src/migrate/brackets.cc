// SPDX-License-Identifier: Apache-2.0
#include "migrate/brackets.h"

#include <algorithm>

#include "base/text.h"

namespace openimds::migrate {
namespace {

constexpr std::size_t kDeepest = 200;
constexpr std::size_t kLongestHeader = 1000;

}  // namespace

Brackets::Brackets(const SourceText& source) : source_(source) {
  std::vector<Index> open;
  const std::string_view text = source.text();
  for (std::size_t i = text.find_first_of("{}[]"); i != SourceText::kNone;
       i = text.find_first_of("{}[]", i + 1)) {
    if (source.IsProse(i) || source.StringAt(i).end != 0) continue;
    if (text[i] == '{' || text[i] == '[') {
      pairs_.push_back({text[i], {i, text.size()}, open.empty() ? kNone : open.back()});
      open.push_back(pairs_.size() - 1);
      if (open.size() > kDeepest) {
        pairs_.clear();  // nobody writes that
        return;
      }
    } else if (!open.empty()) {
      pairs_[open.back()].span.end = i + 1;
      open.pop_back();
    }
  }
}

Brackets::Index Brackets::Around(std::size_t offset) const {
  const auto behind =
      std::upper_bound(pairs_.begin(), pairs_.end(), offset,
                       [](std::size_t value, const Pair& pair) { return value < pair.span.begin; });
  Index index = behind == pairs_.begin() ? kNone : static_cast<Index>(behind - pairs_.begin() - 1);
  while (index != kNone && !pairs_[index].span.Holds(offset)) index = pairs_[index].parent;
  return index;
}

std::string_view Brackets::HeaderOf(Index index) const {
  const std::size_t open = pairs_[index].span.begin;
  const std::size_t begin = source_.LineAt(open).begin;
  if (open - begin > kLongestHeader) return {};
  return TrimSpace(source_.Text({begin, open}));
}

std::size_t Brackets::FindEntry(Index index, std::string_view lower_word) const {
  const Span body = pairs_[index].span;
  for (std::size_t at = source_.FindWordIn(lower_word, body); at != SourceText::kNone;
       at = source_.FindWordIn(lower_word, {at + 1, body.end})) {
    const std::string_view before = source_.Text({source_.LineAt(at).begin, at});
    const bool first = TrimSpace(before).empty() || TrimSpace(before).ends_with("{");
    if (first && !source_.IsProse(at) && Around(at) == index) return at;
  }
  return SourceText::kNone;
}

}  // namespace openimds::migrate
