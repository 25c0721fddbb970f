// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/clock.h"
#include "base/result.h"
#include "extension/handler/handler_environment.h"

namespace openimds::extension {

// `managed-identity-extension guard`: the process that stays while the extension is enabled, under
// systemd or by itself. It
//   - runs `<program> run --settings …/daemon.json` and starts it again when it ends, within two
//     seconds
//   - passes SIGHUP on: there are new settings
//   - writes the heartbeat that agents look for
//   - completes a status that `enable` had to leave at `transitioning` or `error`
//   - ends what it started, and takes the discovery file away, when the package's folder is gone:
//     an agent that drops a handler from the goal state calls nobody
//
// Returns after SIGTERM or SIGINT, or when the folder is gone. Fails with kHandlerDaemon if another
// guard of this package is alive (kConflict). REQUIRES: one thread, no child of another's.
Result<void> RunGuard(const HandlerEnvironment& environment, const std::filesystem::path& program,
                      const Clock& clock);

}  // namespace openimds::extension
