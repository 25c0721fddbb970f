// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "extension/handler/daemon_keeper.h"

namespace openimds::extension {

// What the handler's exit says to the agent, which only repeats it, and to people who know the
// conventions of Azure's own handlers (docs/extension/handler.md).
enum HandlerExit : int {
  kHandlerDone = 0,
  kHandlerFailed = 1,
  kHandlerUnsupported = 51,  // this system is not one that it runs on
  kHandlerLacks = 52,        // something is missing that has to be there first
  kHandlerMisused = 53,      // the settings or the command line are wrong
};
HandlerExit ExitFor(const Error& error);

// The surroundings of one call.
struct HandlerCall {
  std::filesystem::path program;  // its own file, a whole path
  std::function<std::optional<std::string>(const char* name)> variable;
  std::function<std::unique_ptr<DaemonKeeper>(KeptProgram)> make_keeper = MakeDaemonKeeper;
  const Clock& clock;
  std::ostream& out;  // goes into telemetry and, of a failure, to the owner of the machine
  std::ostream& err;
};

// The verbs of the agent, `reset`, and `guard`, which only the handler itself starts.
bool IsHandlerVerb(std::string_view verb);

// Runs one, and writes what it did into the status file and `handler.log`. Returns the exit code.
// What stands behind the verb is looked at by nobody: agents of 2.0 name the old version's folder
// at `update`. REQUIRES: IsHandlerVerb(verb); one thread.
int RunHandlerVerb(std::string_view verb, const HandlerCall& call);

}  // namespace openimds::extension
