// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "migrate/report.h"

// SARIF 2.1.0 (OASIS): https://docs.oasis-open.org/sarif/sarif/v2.1.0/
namespace openimds::migrate {
namespace {

namespace json = boost::json;

json::object Message(std::string_view text) { return {{"text", text}}; }

json::object RuleDescriptor(const Rule& rule) {
  return {{"id", rule.id},
          {"shortDescription", Message(rule.what)},
          {"fullDescription", Message(std::string(rule.what) + ": " + std::string(rule.why) + ".")},
          {"help", Message("Instead: " + std::string(rule.new_form))},
          {"defaultConfiguration", json::object{{"level", NameOf(rule.level)}}}};
}

// RFC 3986: what a path may hold, and `%41` for the rest.
std::string UriOf(const std::string& path) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string uri = path.starts_with("/") ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (IsWordCharacter(c) || std::string_view("/.-~").find(c) != std::string_view::npos) {
      uri.push_back(c);
    } else {
      uri.append({'%', kDigits[byte >> 4U], kDigits[byte & 15U]});
    }
  }
  return uri;
}

json::object Region(Position begin, Position end) {
  return {{"startLine", begin.line},
          {"startColumn", begin.column},
          {"endLine", end.line},
          {"endColumn", end.column}};
}

json::object ArtifactLocation(const std::string& path) { return {{"uri", UriOf(path)}}; }

json::array Locations(const std::string& path, const LocatedFinding& finding) {
  json::object region = Region(finding.begin, finding.end);
  region["snippet"] = Message(finding.line);
  return {
      json::object{{"physicalLocation", json::object{{"artifactLocation", ArtifactLocation(path)},
                                                     {"region", std::move(region)}}}}};
}

json::array Fixes(const std::string& path, const LocatedFinding& finding) {
  json::array replacements;
  for (const LocatedEdit& edit : finding.edits) {
    json::object replacement{{"deletedRegion", Region(edit.begin, edit.end)}};
    if (!edit.text.empty()) replacement["insertedContent"] = Message(edit.text);
    replacements.push_back(std::move(replacement));
  }
  return {json::object{
      {"description", Message(finding.rule->new_form)},
      {"artifactChanges", json::array{json::object{{"artifactLocation", ArtifactLocation(path)},
                                                   {"replacements", std::move(replacements)}}}}}};
}

std::string Explanation(const LocatedFinding& finding) {
  std::string text = std::string(finding.rule->what) + ": " + std::string(finding.rule->why) +
                     ". Instead: " + std::string(finding.rule->new_form) + ".";
  if (!finding.by_hand.empty()) text += " By hand, because " + finding.by_hand + ".";
  return text;
}

json::object ResultObject(const std::string& path, const LocatedFinding& finding) {
  json::object result{{"ruleId", finding.rule->id},
                      {"ruleIndex", finding.rule - AllRules().data()},
                      {"level", NameOf(finding.level)},
                      {"message", Message(Explanation(finding))},
                      {"locations", Locations(path, finding)}};
  if (!finding.edits.empty()) result["fixes"] = Fixes(path, finding);
  return result;
}

json::object Invocation(const ScanReport& report) {
  json::array notifications;
  for (const Skipped& file : report.skipped) {
    notifications.push_back(json::object{
        {"level", "note"},
        {"message", Message("skipped: " + file.reason)},
        {"locations", json::array{json::object{
                          {"physicalLocation",
                           json::object{{"artifactLocation", ArtifactLocation(file.path)}}}}}}});
  }
  return {{"executionSuccessful", true}, {"toolExecutionNotifications", std::move(notifications)}};
}

json::object Driver() {
  json::array rules;
  for (const Rule& rule : AllRules()) rules.push_back(RuleDescriptor(rule));
  return {{"name", "openimds migrate"}, {"version", OPENIMDS_VERSION}, {"rules", std::move(rules)}};
}

}  // namespace

json::object SarifDocument(const ScanReport& report) {
  json::array results;
  for (const FileReport& file : report.files) {
    for (const LocatedFinding& finding : file.findings) {
      results.push_back(ResultObject(file.path, finding));
    }
  }
  json::object run{{"tool", json::object{{"driver", Driver()}}},
                   {"columnKind", "unicodeCodePoints"},
                   {"invocations", json::array{Invocation(report)}},
                   {"results", std::move(results)}};
  return {{"$schema",
           "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
           "sarif-schema-2.1.0.json"},
          {"version", "2.1.0"},
          {"runs", json::array{std::move(run)}}};
}

}  // namespace openimds::migrate
