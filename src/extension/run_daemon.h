// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/result.h"

namespace openimds::extension {

// `run`: serves by the settings in `file` until SIGTERM or SIGINT, or until the package's folder
// has disappeared, which is how the guest's agent takes a handler away without a word. SIGHUP, or
// another file under that name, makes it take the new settings; those that are no good are logged,
// told in the status file, and the old ones stay. One daemon for each state folder.
//
// Logs to `daemon.log` of the log folder (at most two files of 10 MiB), else to standard error.
// Fails as ReadDaemonSettings() and Daemon::Start(), or with kStateInUse.
Result<void> RunDaemon(const std::filesystem::path& file);

}  // namespace openimds::extension
