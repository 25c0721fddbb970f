// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "extension/handler/daemon_keeper.h"
#include "extension/handler/endpoint_probe.h"
#include "extension/handler/handler_environment.h"
#include "extension/handler/process.h"
#include "extension/handler/settings_choice.h"
#include "extension/handler/status_file.h"

namespace openimds::extension {

// What `enable` stands on; tests put others in their places. All must outlive it.
struct EnableParts {
  const HandlerEnvironment& environment;
  DaemonKeeper& keeper;
  const Clock& clock;
  std::function<EndpointProbe(const AppliedSettings&)> ask = AskForToken;
  std::function<void(std::chrono::milliseconds)> pause = Pause;
  // How long the daemon may take to serve its settings, and an authority that cannot be asked yet
  // to become one that can: together far under the 300 seconds that agents give.
  std::chrono::seconds daemon_patience{30};
  std::chrono::seconds token_patience{5};
};

// Applies the settings and has the daemon running with them, whether or not they are new: agents
// enable at every goal state and at every start of the machine, and ForceRerun is meant to bring a
// stopped extension back.
//
// Success is a token that came from the endpoint which the discovery file names. A daemon that
// serves and has no token yet for a reason that may pass (DNS at provisioning) is no failure: the
// status is `transitioning`. Fails with what was wrong otherwise. Whatever it is that does not work
// once the settings are written, the guard goes on trying, and changes the status when it does.
Result<HandlerStatus> Enable(const SettingsChoice& choice, const EnableParts& parts);

// Whose status files tell of a choice: an agent that says nothing looks at the highest number.
std::vector<std::uint64_t> SequencesFor(const SettingsChoice& choice,
                                        const HandlerEnvironment& environment);

}  // namespace openimds::extension
