// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace openimds {

struct SubprocessRequest {
  std::string program;                 // looked up on PATH unless it has a slash
  std::vector<std::string> arguments;  // without the program; they can be seen by every user
  // Variables to set besides those of this process.
  std::vector<std::pair<std::string, std::string>> environment;
  std::chrono::seconds time_limit{30};
  std::size_t max_output = 1 << 20;
  std::string input = {};  // all that it reads from its standard input
};

struct SubprocessResult {
  int exit_status = 0;  // 128 + the signal's number if one ended it
  Secret output;
  std::string errors;  // what it wrote to standard error, at most 64 KiB
};

// Runs a program without a shell, in a process group of its own. Blocks;
// when the time is over, or it writes too much, the whole group is killed. Every thread may call
// it. Fails with kSubprocessFailed (kUnavailable) if it cannot be started or had to be killed.
Result<SubprocessResult> RunSubprocess(const SubprocessRequest& request);

}  // namespace openimds
