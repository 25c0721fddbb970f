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

// A terminal must not take orders from a file that is searched.
std::string Printable(std::string_view text) {
  text = TrimSpace(text);
  const bool is_long = text.size() > kLongestLine;
  std::size_t end = std::min(text.size(), kLongestLine);
  while (is_long && end > 0 && IsContinuation(text[end])) --end;
  std::string shown(text.substr(0, end));
  std::replace_if(
      shown.begin(), shown.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; }, ' ');
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
        {source.PositionOf(edit.span.begin), source.PositionOf(edit.span.end), edit.text});
  }
  return located;
}

json::object FindingDocument(std::string_view path, const LocatedFinding& finding) {
  return {{"rule", finding.rule->id},
          {"level", NameOf(finding.level)},
          {"path", path},
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
    skipped.push_back(json::object{{"path", file.path}, {"reason", file.reason}});
  }
  return {{"findings", std::move(findings)},
          {"skipped", std::move(skipped)},
          {"filesRead", report.files_read}};
}

}  // namespace openimds::migrate
