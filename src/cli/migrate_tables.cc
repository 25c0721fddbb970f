// SPDX-License-Identifier: Apache-2.0
#include "cli/migrate_tables.h"

#include <algorithm>
#include <cstddef>
#include <map>

#include "cli/render.h"

namespace openimds::cli {
namespace {

using migrate::FileReport;
using migrate::LocatedFinding;
using migrate::Rule;
using migrate::ScanReport;

std::string PlaceOf(const FileReport& file, const LocatedFinding& finding) {
  return file.path + ":" + std::to_string(finding.begin.line) + ":" +
         std::to_string(finding.begin.column);
}

std::string CountOf(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string RewriteColumn(const LocatedFinding& finding) {
  if (finding.rewritable) return "yes";
  return finding.level == migrate::Level::kNote ? "-" : "by hand";
}

std::string FindingTable(const ScanReport& report) {
  Table table{{"PLACE", "LEVEL", "RULE", "REWRITE", "TEXT"}, {}};
  for (const FileReport& file : report.files) {
    for (const LocatedFinding& finding : file.findings) {
      table.rows.push_back({PlaceOf(file, finding), std::string(NameOf(finding.level)),
                            std::string(finding.rule->id), RewriteColumn(finding), finding.line});
    }
  }
  return RenderTable(table);
}

// Each rule that found something, once, in the order of the rules.
std::string RulesText(const ScanReport& report) {
  std::string text;
  for (const Rule& rule : migrate::AllRules()) {
    const bool found = std::any_of(report.files.begin(), report.files.end(), [&](const auto& file) {
      return std::any_of(file.findings.begin(), file.findings.end(),
                         [&](const LocatedFinding& it) { return it.rule == &rule; });
    });
    if (!found) continue;
    text += "\n" + std::string(rule.id) + "\n  " + std::string(rule.what) +
            ".\n  Why:     " + std::string(rule.why) +
            ".\n  Instead: " + std::string(rule.new_form) + ".\n";
  }
  return text;
}

std::string ReasonsText(const ScanReport& report) {
  std::string text;
  for (const FileReport& file : report.files) {
    for (const LocatedFinding& finding : file.findings) {
      if (finding.by_hand.empty()) continue;
      text += "  " + PlaceOf(file, finding) + ": " + finding.by_hand + "\n";
    }
  }
  return text.empty() ? text : "\nLeft to people, because:\n" + text;
}

std::string SkippedText(const ScanReport& report) {
  std::map<std::string, std::size_t> reasons;
  for (const migrate::Skipped& file : report.skipped) ++reasons[file.reason];
  std::string text;
  for (const auto& [reason, count] : reasons) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " (" + reason + ")";
  }
  return text.empty() ? "none" : text;
}

std::string Sum(const ScanReport& report) {
  const std::size_t all = report.Count([](const LocatedFinding&) { return true; });
  const std::size_t by_machine =
      report.Count([](const LocatedFinding& it) { return it.rewritable; });
  const std::size_t notes =
      report.Count([](const LocatedFinding& it) { return it.level == migrate::Level::kNote; });
  return RenderFacts(
      {{"findings", std::to_string(all) + " in " + CountOf(report.files.size(), "file") + ": " +
                        std::to_string(by_machine) + " can be rewritten, " +
                        std::to_string(all - by_machine - notes) + " by hand, " +
                        CountOf(notes, "note")},
       {"files read", std::to_string(report.files_read)},
       {"skipped", SkippedText(report)}});
}

}  // namespace

std::string ScanText(const ScanReport& report) {
  if (report.files.empty()) {
    return "No use of the VM extension was found.\n\n" + Sum(report);
  }
  return FindingTable(report) + RulesText(report) + ReasonsText(report) + "\n" + Sum(report);
}

std::string WrittenText(const std::vector<FileReport>& files) {
  if (files.empty()) return "nothing to rewrite\n";
  std::string text;
  for (const FileReport& file : files) {
    const auto count = static_cast<std::size_t>(
        std::count_if(file.findings.begin(), file.findings.end(),
                      [](const LocatedFinding& it) { return it.rewritable; }));
    text += "rewrote " + file.path + ": " + CountOf(count, "use") + "\n";
  }
  return text;
}

std::string LeftOverText(const ScanReport& left) {
  if (left.files.empty()) return {};
  return "Not rewritten:\n\n" + FindingTable(left) + RulesText(left) + ReasonsText(left);
}

std::string DiffPath(const std::string& path) {
  return path.substr(std::min(path.find_first_not_of('/'), path.size()));
}

}  // namespace openimds::cli
