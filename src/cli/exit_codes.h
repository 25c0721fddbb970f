// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"

namespace openimds::cli {

// docs/cli.md promises these to scripts.
enum ExitCode : int {
  kDone = 0,
  kRefused = 1,      // refused or failed
  kUsage = 2,        // the command line or the configuration is wrong
  kMissing = 3,      // what was named is not there
  kConflicting = 4,  // it exists already, is in use, or changed meanwhile
  kNoService = 5,    // no service answers, or another process holds the state
};

ExitCode ExitCodeFor(const Error& error);

}  // namespace openimds::cli
