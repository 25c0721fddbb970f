// SPDX-License-Identifier: Apache-2.0
#include "migrate/json_tree.h"

#include "base/text.h"

namespace openimds::migrate {

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text), tree_(text) {}

  std::optional<JsonTree> Read() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    if (!Value(JsonTree::kNone, {}, 0)) return std::nullopt;
    SkipSpace();
    if (at_ != text_.size()) return std::nullopt;
    return std::move(tree_);
  }

 private:
  static constexpr int kDeepest = 200;
  static constexpr std::size_t kMostNodes = 300000;

  void SkipSpace() {
    while (at_ < text_.size()) {
      if (std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) {
        ++at_;
      } else if (text_.compare(at_, 2, "//") == 0) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (text_.compare(at_, 2, "/*") == 0) {
        const std::size_t end = text_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else {
        return;
      }
    }
  }

  bool Take(char c) {
    SkipSpace();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool Value(JsonTree::Index parent, Span key, int depth) {
    SkipSpace();
    if (at_ >= text_.size() || depth > kDeepest || tree_.nodes_.size() >= kMostNodes) return false;
    const JsonTree::Index index = tree_.nodes_.size();
    tree_.nodes_.push_back({KindHere(), {at_, at_}, key, parent, {}});
    if (parent != JsonTree::kNone) tree_.nodes_[parent].children.push_back(index);
    const bool good = Content(index, depth);
    tree_.nodes_[index].span.end = at_;
    return good;
  }

  JsonTree::Kind KindHere() const {
    if (text_[at_] == '{') return JsonTree::Kind::kObject;
    if (text_[at_] == '[') return JsonTree::Kind::kArray;
    return text_[at_] == '"' ? JsonTree::Kind::kString : JsonTree::Kind::kOther;
  }

  bool Content(JsonTree::Index index, int depth) {
    switch (tree_.nodes_[index].kind) {
      case JsonTree::Kind::kObject:
        return Items(index, depth, '{', '}');
      case JsonTree::Kind::kArray:
        return Items(index, depth, '[', ']');
      case JsonTree::Kind::kString:
        return String();
      case JsonTree::Kind::kOther:
        return Literal();
    }
    return false;
  }

  bool Items(JsonTree::Index index, int depth, char open, char close) {
    if (!Take(open)) return false;
    while (!Take(close)) {
      Span key;
      if (open == '{') {
        SkipSpace();
        key.begin = at_;
        if (at_ >= text_.size() || text_[at_] != '"' || !String()) return false;
        key.end = at_;
        if (!Take(':')) return false;
      }
      if (!Value(index, key, depth + 1)) return false;
      if (!Take(',')) return Take(close);
    }
    return true;
  }

  bool String() {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == '"') {
        ++at_;
        return true;
      }
    }
    at_ = text_.size();
    return false;
  }

  bool Literal() {
    const std::size_t begin = at_;
    while (at_ < text_.size() &&
           (IsWordCharacter(text_[at_]) ||
            std::string_view("+-.").find(text_[at_]) != std::string_view::npos)) {
      ++at_;
    }
    return at_ > begin;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  JsonTree tree_;
};

namespace {

// Only what names are written with; anything else stays as it stands.
std::string Decode(std::string_view quoted) {
  if (quoted.size() < 2) return {};
  std::string value;
  const std::string_view inside = quoted.substr(1, quoted.size() - 2);
  for (std::size_t i = 0; i < inside.size(); ++i) {
    const bool escaped = inside[i] == '\\' && i + 1 < inside.size() &&
                         std::string_view("\"\\/").find(inside[i + 1]) != std::string_view::npos;
    if (escaped) ++i;
    value.push_back(inside[i]);
  }
  return value;
}

}  // namespace

std::optional<JsonTree> JsonTree::Parse(std::string_view text) { return JsonReader(text).Read(); }

std::string JsonTree::StringOf(Index index) const {
  if (index == kNone || nodes_[index].kind != Kind::kString) return {};
  const Span span = nodes_[index].span;
  return Decode(text_.substr(span.begin, span.end - span.begin));
}

std::string JsonTree::KeyOf(Index index) const {
  const Span key = nodes_[index].key;
  return Decode(text_.substr(key.begin, key.end - key.begin));
}

JsonTree::Index JsonTree::FindMember(Index object, std::string_view key) const {
  if (object == kNone || nodes_[object].kind != Kind::kObject) return kNone;
  for (const Index child : nodes_[object].children) {
    if (EqualsIgnoringCase(KeyOf(child), key)) return child;
  }
  return kNone;
}

std::string JsonTree::MemberString(Index object, std::string_view key) const {
  return StringOf(FindMember(object, key));
}

bool JsonTree::IsIn(Index node, Index ancestor) const {
  while (node != kNone && node != ancestor) node = nodes_[node].parent;
  return node == ancestor;
}

}  // namespace openimds::migrate
