// SPDX-License-Identifier: Apache-2.0
#include "migrate/report.h"

#include <algorithm>

#include <boost/json/array.hpp>

#include "base/text.h"

namespace openimds::migrate {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestLine = 160;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// The length of the character that `text` begins with; 0 if its bytes are not one of UTF-8.
std::size_t CharacterLength(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = byte(0) < 0x80   ? 1
                             : byte(0) < 0xC2 ? 0
                             : byte(0) < 0xE0 ? 2
                             : byte(0) < 0xF0 ? 3
                             : byte(0) < 0xF5 ? 4
                                              : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[i])) return 0;
  }
  // Forms that are too long, surrogates, and what lies behind U+10FFFF.
  const bool is_bad =
      length > 2 && ((byte(0) == 0xE0 && byte(1) < 0xA0) || (byte(0) == 0xED && byte(1) > 0x9F) ||
                     (byte(0) == 0xF0 && byte(1) < 0x90) || (byte(0) == 0xF4 && byte(1) > 0x8F));
  return is_bad ? 0 : length;
}

// A terminal must not take orders from a file that is searched.
std::string Printable(std::string_view text) {
  text = TrimSpace(text);
  const bool is_long = text.size() > kLongestLine;
  std::size_t end = std::min(text.size(), kLongestLine);
  while (is_long && end > 0 && IsContinuation(text[end])) --end;
  std::string shown = ToUtf8(text.substr(0, end));
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const auto byte = static_cast<unsigned char>(shown[i]);
    const bool is_c1 = byte == 0xC2 && static_cast<unsigned char>(shown[i + 1]) < 0xA0;
    if (byte < 0x20 || byte == 0x7F) shown[i] = ' ';
    if (is_c1) shown.replace(i, 2, "  ");
  }
  return is_long ? shown + "…" : shown;
}

// Of an endless line what is near the finding; else all of it.
Span ShownSpan(const SourceText& source, std::size_t offset) {
  const Span line = source.LineAt(offset);
  if (line.end - line.begin <= 2 * kLongestLine) return line;
  Span near{std::max(line.begin, offset - std::min<std::size_t>(offset, 20)), line.end};
  while (near.begin > line.begin && IsContinuation(source.text()[near.begin])) --near.begin;
  return near;
}

}  // namespace

std::string ToUtf8(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const std::size_t length = CharacterLength(bytes);
    text += length == 0 ? std::string_view("\xEF\xBF\xBD") : bytes.substr(0, length);
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return text;
}

std::size_t ScanReport::Count(bool (*holds)(const LocatedFinding&)) const {
  std::size_t count = 0;
  for (const FileReport& file : files) {
    count +=
        static_cast<std::size_t>(std::count_if(file.findings.begin(), file.findings.end(), holds));
  }
  return count;
}

bool ScanReport::HasBreakage() const {
  return Count([](const LocatedFinding& it) { return it.level != Level::kNote; }) > 0;
}

LocatedFinding Locate(const SourceText& source, const Finding& finding) {
  LocatedFinding located{finding.rule,
                         finding.level,
                         source.PositionOf(finding.span.begin),
                         source.PositionOf(finding.span.end),
                         Printable(source.Text(ShownSpan(source, finding.span.begin))),
                         !finding.edits.empty() || finding.rewritten_with_another,
                         finding.by_hand,
                         {}};
  for (const Edit& edit : finding.edits) {
    located.edits.push_back(
        {source.PositionOf(edit.span.begin), source.PositionOf(edit.span.end), ToUtf8(edit.text)});
  }
  return located;
}

json::object FindingDocument(std::string_view path, const LocatedFinding& finding) {
  return {{"rule", finding.rule->id},
          {"level", NameOf(finding.level)},
          {"path", ToUtf8(path)},
          {"line", finding.begin.line},
          {"column", finding.begin.column},
          {"endLine", finding.end.line},
          {"endColumn", finding.end.column},
          {"text", finding.line},
          {"what", finding.rule->what},
          {"why", finding.rule->why},
          {"newForm", finding.rule->new_form},
          {"rewritable", finding.rewritable},
          {"byHand", finding.by_hand}};
}

json::object ReportDocument(const ScanReport& report) {
  json::array findings;
  for (const FileReport& file : report.files) {
    for (const LocatedFinding& finding : file.findings) {
      findings.push_back(FindingDocument(file.path, finding));
    }
  }
  json::array skipped;
  for (const Skipped& file : report.skipped) {
    skipped.push_back(json::object{{"path", ToUtf8(file.path)}, {"reason", file.reason}});
  }
  return {{"findings", std::move(findings)},
          {"skipped", std::move(skipped)},
          {"filesRead", report.files_read}};
}

}  // namespace openimds::migrate
