// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace openimds::migrate {

struct WalkOptions {
  std::size_t largest_file = std::size_t{4} * 1024 * 1024;
  std::vector<std::string> excluded;  // patterns as for fnmatch, of a name or of a whole path
};

// What was passed over, and why: a report that says nothing of it would claim too much.
struct Skipped {
  std::string path;
  std::string reason;
};

// Calls `visit` with the path and content of every text file of a tree, in the order of names, one
// at a time. Symbolic links are not followed, so loops do
// no harm. Folders of version control and of others' code (`node_modules`) are passed over, unless
// named by `root` itself. Files that are no UTF-8 text or larger than `largest_file` are skipped.
// Fails only if `root` itself cannot be read.
using VisitFile = std::function<void(const std::string& path, std::string content)>;
Result<void> WalkTree(const std::filesystem::path& root, const WalkOptions& options,
                      const VisitFile& visit, std::vector<Skipped>* skipped);

}  // namespace openimds::migrate
