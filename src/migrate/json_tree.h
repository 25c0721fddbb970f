// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "migrate/source_text.h"

namespace openimds::migrate {

// A JSON text with the place of everything in it, as templates are written: with comments, commas
// behind the last item, and strings over several lines.
class JsonTree {
 public:
  enum class Kind { kObject, kArray, kString, kOther };
  using Index = std::size_t;
  static constexpr Index kNone = static_cast<Index>(-1);

  struct Node {
    Kind kind = Kind::kOther;
    Span span;
    Span key;  // of an object's member, with its quotes
    Index parent = kNone;
    std::vector<Index> children;
  };

  // Nothing for what is no JSON, is nested more than 200 deep or has more than 300,000 values.
  static std::optional<JsonTree> Parse(std::string_view text);

  const Node& at(Index index) const { return nodes_[index]; }
  Index size() const { return nodes_.size(); }  // 0 is the root; parents come before children

  // The text of a string or of a member's key, `\"` and the like decoded; of others empty.
  std::string StringOf(Index index) const;
  std::string KeyOf(Index index) const;

  // A member, its key compared without case; kNone if there is none or this is no object.
  Index FindMember(Index object, std::string_view key) const;
  std::string MemberString(Index object, std::string_view key) const;

  bool IsIn(Index node, Index ancestor) const;

 private:
  friend class JsonReader;
  explicit JsonTree(std::string_view text) : text_(text) {}

  std::string_view text_;
  std::vector<Node> nodes_;
};

}  // namespace openimds::migrate
