// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "migrate/source_text.h"

namespace openimds::migrate {

// The pairs of braces and brackets of a text, those in strings and comments left out.
class Brackets {
 public:
  using Index = std::size_t;
  static constexpr Index kNone = static_cast<Index>(-1);

  struct Pair {
    char open_character;
    Span span;  // with both
    Index parent;
  };

  explicit Brackets(const SourceText& source);

  const Pair& at(Index index) const { return pairs_[index]; }
  Index size() const { return pairs_.size(); }
  Index Around(std::size_t offset) const;  // the innermost pair

  // The code in front of a pair, from the beginning of its line.
  std::string_view HeaderOf(Index index) const;
  // Where a word stands directly in a pair, first in its line; kNone if it does not.
  std::size_t FindEntry(Index index, std::string_view lower_word) const;

 private:
  const SourceText& source_;
  std::vector<Pair> pairs_;  // by where they begin
};

}  // namespace openimds::migrate
