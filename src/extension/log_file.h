// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/result.h"

namespace openimds::extension {

// Standard error as `daemon.log` of a folder, with one older file `daemon.log.1` beside it. One
// thread.
class LogFile {
 public:
  static constexpr std::size_t kMaxBytes = 10 * 1024 * 1024;

  // From now on there; nothing is changed for an empty path, or the folder that it is in already.
  // The folder is made if only that is missing. Fails with kStateFailed.
  Result<void> Open(const std::filesystem::path& folder);

  // Begins a new file if this one is full. What cannot be turned goes on.
  void Turn();

 private:
  std::filesystem::path folder_;
};

}  // namespace openimds::extension
