// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace openimds::extension {

enum class StatusKind { kTransitioning, kError, kSuccess, kWarning };

// One line below the status: an identity, a setting that was not understood.
struct StatusPart {
  std::string name;
  StatusKind kind = StatusKind::kSuccess;
  std::string message;

  friend bool operator==(const StatusPart&, const StatusPart&) = default;
};

// What the owner of the machine is told. Messages are for people and never hold a secret.
struct HandlerStatus {
  std::string operation;  // "Enable"
  StatusKind kind = StatusKind::kTransitioning;
  int code = 0;  // the exit code where there is an error
  std::string message{};
  std::vector<StatusPart> parts{};

  friend bool operator==(const HandlerStatus&, const HandlerStatus&) = default;
};

// In the schema that every agent accepts: an array of one, `lang` and `message` in lower case,
// no member left out. Messages are cut to 1,000 bytes (between characters) and parts to 40, far
// below what agents cut themselves. Pure.
std::string RenderStatus(const HandlerStatus& status, Time now);

// `<sequence>.status`, put whole: agents read it every few seconds. Fails with kStateFailed.
Result<void> WriteStatus(const std::filesystem::path& status_folder, std::uint64_t sequence,
                         const HandlerStatus& status, Time now);

// What `HandlerManifest.json` promises with reportHeartbeat: agents take a handler whose file is
// older than ten minutes for dead. Fails with kStateFailed.
Result<void> WriteHeartbeat(const std::filesystem::path& file, bool ready,
                            const std::string& message);

}  // namespace openimds::extension
