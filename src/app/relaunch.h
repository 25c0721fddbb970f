// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace openimds {

// How a program can take this one's place: an upgrade, or a configuration that needs a restart.
struct Relaunch {
  std::string program;                       // a path; a newer program may be there by then
  std::vector<std::string> arguments;        // without the program's name
  std::vector<std::string> check_arguments;  // with these it says whether it could start
};

// The file that this process was started from, also if another has taken its place since. Ask
// early: what the kernel says of a file that is gone is no path.
std::string ProgramOfThisProcess();

// Fails with kRelaunchRefused, and says why, if the program cannot be run or says no.
Result<void> CheckRelaunch(const Relaunch& relaunch);

// Runs it in this process. Returns only if that failed, with what the system says.
std::string Execute(const Relaunch& relaunch);

}  // namespace openimds
