// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "host/host_check.h"

namespace openimds {

// Runs `ip` or `nft` and gives what it printed. Fails with kHostNotReady, repeating what the
// program said, if it is not there, ends with another status than 0, or takes longer than 10 s.
Result<std::string> RunHostTool(const std::vector<std::string>& command);

// Runs them in order; the first that fails ends it. What was done stays: running it again goes on.
Result<void> RunHostCommands(const std::vector<HostCommand>& commands);

}  // namespace openimds
