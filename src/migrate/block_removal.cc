// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "migrate/block_extensions.h"
#include "migrate/json_removal.h"

namespace openimds::migrate {
namespace {

using Index = Brackets::Index;

class BlockRemover {
 public:
  BlockRemover(const SourceText& source, const Brackets& brackets,
               const std::vector<BlockExtension>& extensions)
      : source_(source),
        brackets_(brackets),
        extensions_(extensions),
        is_bicep_(source.language() == Language::kBicep) {}

  BlockRemoval Run() {
    for (const BlockExtension& extension : extensions_) {
      if (!extension.problem.empty()) return {{}, extension.problem};
      edits_.push_back({extension.block, ""});
    }
    for (const BlockExtension& extension : extensions_) {
      FollowReferences(extension);
      GiveIdentity(extension.machine_body);
    }
    for (const auto& [list, items] : dependencies_) ShortenList(list, items);
    if (!problem_.empty()) return {{}, problem_};
    return {std::move(edits_), {}};
  }

 private:
  // One entry of a list of dependencies: what it is to become, empty for nothing.
  struct Entry {
    Span span;
    std::string replacement;
  };

  bool IsRemoved(std::size_t offset) const {
    return std::any_of(extensions_.begin(), extensions_.end(),
                       [offset](const auto& it) { return it.block.Holds(offset); });
  }

  void FollowReferences(const BlockExtension& extension) {
    if (extension.reference.empty()) return;
    const std::string lower = LowerAscii(extension.reference);
    for (std::size_t at = source_.FindWord(lower, 0); at != SourceText::kNone;
         at = source_.FindWord(lower, at + 1)) {
      const Span word{at, at + lower.size()};
      if (source_.IsProse(at) || IsRemoved(at) || source_.Text(word) != extension.reference)
        continue;
      if (at > 0 && source_.text()[at - 1] == '.') continue;  // a member of something else
      Follow(word, extension);
    }
  }

  void Follow(Span word, const BlockExtension& extension) {
    const Span string = source_.StringAt(word.begin);
    if (string.end != 0 && source_.Text(string).find("${") == std::string_view::npos) return;
    const Index list = brackets_.Around(word.begin);
    const std::string_view header = list == Brackets::kNone ? "" : brackets_.HeaderOf(list);
    const bool is_key = IsKey(word.end);
    if (string.end == 0 && (header == "dependsOn:" || IsDependsOn(header))) {
      return Wait(list, word, extension);
    }
    if (is_key || !problem_.empty()) return;
    problem_ = "something else refers to it (line " +
               std::to_string(source_.PositionOf(word.begin).line) + ")";
  }

  static bool IsDependsOn(std::string_view header) {
    return header.starts_with("depends_on") && header.ends_with("=");
  }

  // A property of that name is another thing.
  bool IsKey(std::size_t end) const {
    return is_bicep_ && end < source_.text().size() && source_.text()[end] == ':';
  }

  // What waited for the extension must go on waiting for its machine.
  void Wait(Index list, Span word, const BlockExtension& extension) {
    Span item = word;
    const Span line = source_.LineAt(word.begin);
    while (item.end < line.end &&
           std::string_view(",] \t").find(source_.text()[item.end]) == std::string_view::npos) {
      ++item.end;  // an index behind the name
    }
    const Index waiting = brackets_.at(list).parent;
    const bool waits = waiting == Brackets::kNone || extension.machine.empty() ||
                       Mentions(brackets_.at(waiting).span, extension.machine);
    dependencies_[list].push_back({item, waits ? std::string() : extension.machine});
  }

  bool Mentions(Span body, const std::string& reference) const {
    const std::string lower = LowerAscii(reference);
    return source_.FindWordIn(lower, body) != SourceText::kNone;
  }

  void ShortenList(Index list, const std::vector<Entry>& entries) {
    const Span inside{brackets_.at(list).span.begin + 1, brackets_.at(list).span.end - 1};
    std::size_t kept = CountItems(inside);
    for (const Entry& entry : entries) {
      if (entry.replacement.empty()) --kept;
    }
    if (kept == 0) {
      edits_.push_back({inside, ""});
      return;
    }
    for (const Entry& entry : entries) {
      edits_.push_back(entry.replacement.empty() ? RemoveItem(inside, entry.span)
                                                 : Edit{entry.span, entry.replacement});
    }
  }

  std::size_t CountItems(Span inside) const {
    std::size_t count = 0;
    bool in_item = false;
    for (std::size_t i = inside.begin; i < inside.end; ++i) {
      const bool ends =
          source_.IsProse(i) ||
          std::string_view(", \t\r\n").find(source_.text()[i]) != std::string_view::npos;
      if (!ends && !in_item) ++count;
      in_item = !ends;
    }
    return count;
  }

  Edit RemoveItem(Span inside, Span item) const {
    Span span = item;
    if (source_.text()[span.end] == ',') ++span.end;
    if (BeginsLine(source_, span.begin)) return {WithItsLines(source_, span), ""};
    if (span.end > item.end) {
      while (span.end < inside.end && source_.text()[span.end] == ' ') ++span.end;
    } else {
      while (span.begin > inside.begin &&
             std::string_view(", ").find(source_.text()[span.begin - 1]) !=
                 std::string_view::npos) {
        --span.begin;
      }
    }
    return {span, ""};
  }

  void GiveIdentity(Index machine) {
    if (machine == Brackets::kNone || !given_identity_.insert(machine).second) return;
    if (brackets_.FindEntry(machine, "identity") != SourceText::kNone) return;
    if (brackets_.FindEntry(machine, "dynamic") != SourceText::kNone) {
      const std::size_t at = brackets_.FindEntry(machine, "dynamic");
      if (source_.Text(source_.LineAt(at)).find("\"identity\"") != std::string_view::npos) return;
    }
    const std::string eol(source_.line_ending());
    const std::string outer(source_.IndentAt(brackets_.at(machine).span.begin));
    const std::string in = outer + "  ";
    if (is_bicep_) {
      std::size_t behind = brackets_.FindEntry(machine, "location");
      if (behind == SourceText::kNone) behind = brackets_.at(machine).span.begin;
      const std::size_t end = source_.LineAt(behind).end;
      edits_.push_back(
          {{end, end},
           eol + in + "identity: {" + eol + in + "  type: 'SystemAssigned'" + eol + in + "}"});
    } else {
      const std::size_t close = source_.LineAt(brackets_.at(machine).span.end - 1).begin;
      edits_.push_back({{close, close},
                        (FollowsBlank(close) ? "" : eol) + in + "identity {" + eol + in +
                            "  type = \"SystemAssigned\"" + eol + in + "}" + eol});
    }
  }

  // Whether an empty line stands above, when all is taken out that goes.
  bool FollowsBlank(std::size_t line) const {
    std::size_t above = line;
    do {
      if (above == 0) return true;
      above = source_.LineAt(above - 1).begin;
    } while (IsRemoved(above));
    return TrimSpace(source_.Text(source_.LineAt(above))).empty();
  }

  const SourceText& source_;
  const Brackets& brackets_;
  const std::vector<BlockExtension>& extensions_;
  const bool is_bicep_;
  std::map<Index, std::vector<Entry>> dependencies_;
  std::set<Index> given_identity_;
  std::vector<Edit> edits_;
  std::string problem_;
};

bool IsBlank(const SourceText& source, std::size_t offset) {
  return TrimSpace(source.Text(source.LineAt(offset))).empty();
}

}  // namespace

std::vector<Span> FindPublishers(const SourceText& source) {
  constexpr std::string_view kPublisher = "microsoft.managedidentity";
  std::vector<Span> found;
  for (std::size_t at = source.FindWord(kPublisher, 0);
       at != SourceText::kNone && found.size() < Findings::kMostFindings;
       at = source.FindWord(kPublisher, at + 1)) {
    const Span string = source.StringAt(at);
    if (string.end == 0 || string.end - string.begin != kPublisher.size() + 2) continue;
    const Span line = source.LineAt(at);
    const std::size_t word = source.FindWordIn("publisher", {line.begin, at});
    if (word != SourceText::kNone && !source.IsProse(word)) found.push_back({word, string.end});
  }
  return found;
}

Span BlockLines(const SourceText& source, Span block) {
  Span lines = WithItsLines(source, block);
  while (lines.begin > 0) {
    const Span above = source.LineAt(lines.begin - 1);
    if (!TrimSpace(source.Text(above)).starts_with("@")) break;
    lines.begin = above.begin;
  }
  const bool blank_above = lines.begin == 0 || IsBlank(source, lines.begin - 1);
  const bool blank_below = lines.end < source.text().size() && IsBlank(source, lines.end);
  if (blank_above && blank_below) {
    lines.end = source.WholeLineAt(lines.end).end;
  } else if (blank_above && lines.begin > 0 && lines.end >= source.text().size()) {
    lines.begin = source.WholeLineAt(lines.begin - 1).begin;
  }
  return lines;
}

BlockRemoval RemoveBlockExtensions(const SourceText& source, const Brackets& brackets,
                                   const std::vector<BlockExtension>& extensions) {
  return BlockRemover(source, brackets, extensions).Run();
}

}  // namespace openimds::migrate
