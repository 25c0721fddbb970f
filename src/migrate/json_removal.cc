// SPDX-License-Identifier: Apache-2.0
#include "migrate/json_removal.h"

#include <algorithm>

#include "base/text.h"

namespace openimds::migrate {
namespace {

// The comma behind an item, past white space and comments; kNone if there is none.
std::size_t FindComma(const SourceText& source, std::size_t from) {
  for (std::size_t i = from; i < source.text().size(); ++i) {
    const char c = source.text()[i];
    if (source.IsProse(i) || c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    return c == ',' ? i : SourceText::kNone;
  }
  return SourceText::kNone;
}

bool HasComment(const SourceText& source, Span span) {
  for (std::size_t i = span.begin; i < span.end; ++i) {
    if (source.IsProse(i)) return true;
  }
  return false;
}

Span WithComma(const SourceText& source, Span item) {
  const std::size_t comma = FindComma(source, item.end);
  return {item.begin, comma == SourceText::kNone ? item.end : comma + 1};
}

class Removal {
 public:
  Removal(const SourceText& source, const JsonTree& tree, JsonTree::Index array,
          const std::set<JsonTree::Index>& items, std::vector<Edit>* edits)
      : source_(source), tree_(tree), array_(tree.at(array)), items_(items), edits_(*edits) {}

  void Run() {
    const auto& children = array_.children;
    const auto kept = std::find_if(children.rbegin(), children.rend(),
                                   [this](auto child) { return !items_.contains(child); });
    if (kept == children.rend() && !HasCommentOfItsOwn()) {
      edits_.push_back({array_.span, "[]"});
      return;
    }
    const std::size_t kept_count = static_cast<std::size_t>(children.rend() - kept);
    for (std::size_t i = 0; i < children.size(); ++i) {
      if (!items_.contains(children[i])) continue;
      if (i < kept_count) {
        RemoveBeforeKept(i);
      } else {
        RemoveBehindKept(i, kept_count);
      }
    }
  }

 private:
  Span SpanOf(std::size_t i) const { return tree_.at(array_.children[i]).span; }

  void RemoveBeforeKept(std::size_t i) {
    Span item = WithComma(source_, SpanOf(i));
    const std::size_t next = SpanOf(i + 1).begin;
    if (!BeginsLine(source_, item.begin) && !HasComment(source_, {item.end, next})) item.end = next;
    edits_.push_back({WithItsLines(source_, item), ""});
  }

  void RemoveBehindKept(std::size_t i, std::size_t kept_count) {
    const Span item = SpanOf(i);
    if (i == kept_count && kept_count > 0 && !EndsWithComma()) {
      const std::size_t comma = FindComma(source_, SpanOf(i - 1).end);
      if (!BeginsLine(source_, item.begin) && !HasComment(source_, {comma, item.begin})) {
        edits_.push_back({{comma, item.end}, ""});
        return;
      }
      edits_.push_back({{comma, comma + 1}, ""});
    }
    edits_.push_back({WithItsLines(source_, WithComma(source_, item)), ""});
  }

  bool EndsWithComma() const {
    return FindComma(source_, SpanOf(array_.children.size() - 1).end) != SourceText::kNone;
  }

  bool HasCommentOfItsOwn() const {
    std::size_t at = array_.span.begin;
    for (std::size_t i = 0; i < array_.children.size(); ++i) {
      if (HasComment(source_, {at, SpanOf(i).begin})) return true;
      at = SpanOf(i).end;
    }
    return HasComment(source_, {at, array_.span.end});
  }

  const SourceText& source_;
  const JsonTree& tree_;
  const JsonTree::Node& array_;
  const std::set<JsonTree::Index>& items_;
  std::vector<Edit>& edits_;
};

// What one level of nesting adds: a member's indent without that of its object.
std::string IndentUnit(std::string_view outer, std::string_view inner) {
  if (inner.size() > outer.size() && inner.starts_with(outer)) {
    return std::string(inner.substr(outer.size()));
  }
  return "  ";
}

}  // namespace

bool BeginsLine(const SourceText& source, std::size_t offset) {
  const Span line = source.LineAt(offset);
  return TrimSpace(source.Text({line.begin, offset})).empty();
}

Span WithItsLines(const SourceText& source, Span span) {
  if (!BeginsLine(source, span.begin)) return span;
  const Span last = source.LineAt(span.end);
  if (!TrimSpace(source.Text({span.end, std::max(last.end, span.end)})).empty()) return span;
  return {source.LineAt(span.begin).begin, source.WholeLineAt(span.end).end};
}

void RemoveItems(const SourceText& source, const JsonTree& tree, JsonTree::Index array,
                 const std::set<JsonTree::Index>& items, std::vector<Edit>* edits) {
  if (!items.empty()) Removal(source, tree, array, items, edits).Run();
}

Edit InsertMember(const SourceText& source, const JsonTree& tree, JsonTree::Index behind,
                  const std::vector<std::string>& lines) {
  const JsonTree::Node& member = tree.at(behind);
  const bool one_line = !BeginsLine(source, member.key.begin);
  const std::string indent(source.IndentAt(member.key.begin));
  const std::string unit = IndentUnit(source.IndentAt(tree.at(member.parent).span.begin), indent);
  std::string text = ",";
  for (const std::string& line : lines) {
    const std::size_t depth = std::min(line.find_first_not_of('\t'), line.size());
    if (one_line) {
      text += " " + line.substr(depth);
      continue;
    }
    text += std::string(source.line_ending()) + indent;
    for (std::size_t i = 0; i < depth; ++i) text += unit;
    text += line.substr(depth);
  }
  return {{member.span.end, member.span.end}, text};
}

}  // namespace openimds::migrate
