// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "extension/daemon_settings.h"

namespace openimds::extension {

// What a daemon says of itself in `status.json` of its state folder, written by rename at every
// change: whether the settings of a generation are in force, and if not, why.
//
//   {"pid": 812, "port": 50342, "mode": "imds", "generation": 3, "serving": true,
//    "reason": "", "message": ""}
struct DaemonStatus {
  pid_t pid = 0;
  std::uint16_t port = 0;
  DaemonMode mode = DaemonMode::kAuthority;
  std::uint64_t generation = 0;  // of the settings that are served
  bool serving = false;          // false: it could not start, or has ended
  // Why the newest settings, or the start, were refused; empty if they were not. A daemon that
  // serves goes on with the settings before those.
  std::string reason;  // of base/reasons.h
  std::string message;
};

std::filesystem::path StatusFile(const std::filesystem::path& state_dir);

// Fails with kStateFailed: kNotFound if no daemon has ever run there.
Result<DaemonStatus> ReadDaemonStatus(const std::filesystem::path& state_dir);
Result<void> WriteDaemonStatus(const DaemonStatus& status, const std::filesystem::path& state_dir);

}  // namespace openimds::extension
