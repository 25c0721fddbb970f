// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "migrate/endpoint_url.h"
#include "migrate/report.h"
#include "migrate/tree_walk.h"

namespace openimds::migrate {

struct ProjectOptions {
  WalkOptions walk;
  ExtensionPorts ports{kDefaultExtensionPort};
};

// A file that rewriting changes: `report` holds what it does and what it leaves to people.
struct RewrittenFile {
  std::filesystem::path path;
  std::string before;
  std::string after;  // the same if nothing in it can be rewritten
  FileReport report;
};

// Searches files and whole trees, one file in memory at a time. What overlaps is read once; paths
// are shown relative to the current folder where they lie in it. At most 100,000 findings are kept:
// files behind them are named as skipped.
Result<ScanReport> ScanProject(const std::vector<std::string>& roots,
                               const ProjectOptions& options);

// The same, and calls `take` for each file that has findings, before the next one is read.
using TakeRewritten = std::function<void(const RewrittenFile& file)>;
Result<ScanReport> RewriteProject(const std::vector<std::string>& roots,
                                  const ProjectOptions& options, const TakeRewritten& take);

}  // namespace openimds::migrate
