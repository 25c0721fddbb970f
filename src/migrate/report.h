// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "migrate/finding.h"
#include "migrate/source_text.h"
#include "migrate/tree_walk.h"

// Findings without the files they are in, and as documents for programs.
namespace openimds::migrate {

struct LocatedEdit {
  Position begin;
  Position end;
  std::string text;
};

struct LocatedFinding {
  const Rule* rule = nullptr;
  Level level = Level::kNote;
  Position begin;
  Position end;
  std::string line;  // what stands there, shortened, without control characters
  bool rewritable = false;
  std::string by_hand;  // why not, if there is more to say than the rule does
  std::vector<LocatedEdit> edits;
};

struct FileReport {
  std::string path;
  std::vector<LocatedFinding> findings;
};

struct ScanReport {
  std::vector<FileReport> files;  // those with findings
  std::vector<Skipped> skipped;
  std::size_t files_read = 0;

  std::size_t Count(bool (*holds)(const LocatedFinding&)) const;
  // Whether anything was found that stops working: notes alone do not count.
  bool HasBreakage() const;
};

// As UTF-8 whatever its bytes are, so that JSON can hold it: what is none becomes U+FFFD.
std::string ToUtf8(std::string_view bytes);

LocatedFinding Locate(const SourceText& source, const Finding& finding);

// {"findings": […], "skipped": […], "filesRead"}
boost::json::object ReportDocument(const ScanReport& report);
boost::json::object FindingDocument(std::string_view path, const LocatedFinding& finding);

// A SARIF 2.1.0 log of one run. Paths are relative to the current folder, or absolute.
boost::json::object SarifDocument(const ScanReport& report);

}  // namespace openimds::migrate
