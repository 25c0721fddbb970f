// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "extension/daemon_settings.h"
#include "extension/handler/handler_environment.h"
#include "extension/handler/handler_settings.h"
#include "extension/handler/status_file.h"

namespace openimds::extension {

// What the agent's settings come to.
struct DaemonPlan {
  DaemonSettings settings;
  std::optional<Secret> credential;  // PEM that has to be in the credential file first
  std::string token_target;          // as in AppliedSettings
  std::vector<StatusPart> parts;     // what was left out, and why
};

struct PlanPlaces {
  HandlerEnvironment environment;
  std::filesystem::path credential_file;
  std::uint64_t generation = 0;
};

// Public settings are the daemon's own (daemon_settings.h) but for its folders, which the handler
// decides. They may say less:
//   - the port as text; no mode: `authority` if an identity, an authority or a certificate is
//     named, else `imds`
//   - a certificate by `thumbprint` or `commonName` alone: of those that came with the goal state
//   - nothing of a certificate, if the protected settings hold one: {"certificate", "key"} in PEM
// Members of the first level that nobody knows are left out with a warning, as old templates have
// them; all else that is wrong is refused with kHandlerSettings or kConfigInvalid. Fails also as
// goal_state_certificate.h says. Reads the agent's certificates, and writes nothing.
Result<DaemonPlan> PlanDaemon(const HandlerSettings& settings, const PlanPlaces& places, Time now);

// The daemon's own folder, beside the agent's and not in it: /var/lib/managed-identity-extension.
// It outlives a version of the package.
std::filesystem::path StateFolderOf(const HandlerEnvironment& environment);
void RemoveStateFolder(const HandlerEnvironment& environment);

}  // namespace openimds::extension
