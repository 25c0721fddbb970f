// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "extension/handler/status_file.h"

namespace openimds::extension {

// What `enable` has applied, and what the guard still has to find out.
struct AppliedSettings {
  std::vector<std::uint64_t> sequences;  // whose status files tell of it
  std::uint16_t port = 0;
  // A request that shows whether tokens come: "/oauth2/token?…". Empty where root, who would send
  // it, need not be allowed one.
  std::string token_target;
  bool bridge = false;   // tokens are another's: that it refuses one is no error of ours
  bool waiting = false;  // the last status is not the final one
  std::vector<StatusPart> parts{};

  friend bool operator==(const AppliedSettings&, const AppliedSettings&) = default;
};

// The handler's own folder, inside the package: whatever removes the package, asked or not, removes
// this, too. 0700.
class ServiceFolder {
 public:
  explicit ServiceFolder(const std::filesystem::path& package_folder)
      : path_(package_folder / "service") {}

  Result<void> Make() const;    // fails with kStateFailed
  Result<void> Remove() const;  // with all that is in it; fails with kStateFailed

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path settings() const { return path_ / "daemon.json"; }
  std::filesystem::path credential() const { return path_ / "credential.pem"; }
  std::filesystem::path applied() const { return path_ / "applied.json"; }
  std::filesystem::path guard_lock() const { return path_ / "guard.lock"; }
  std::filesystem::path daemon_lock() const { return path_ / "daemon.lock"; }

  Result<void> WriteApplied(const AppliedSettings& applied) const;
  Result<AppliedSettings> ReadApplied() const;  // fails with kStateFailed

 private:
  std::filesystem::path path_;
};

// A file that says by its lock whether a process is alive, and by its text which one. The lock is
// the kernel's (flock): it goes with the last process that has it, however that ended, so that the
// number is never that of a stranger.
class LifeLock {
 public:
  explicit LifeLock(std::filesystem::path file) : file_(std::move(file)) {}

  // The open file with its lock; children inherit both. Fails with kConflict and kHandlerDaemon if
  // somebody has it; with kStateFailed.
  Result<Descriptor> Take() const;
  static void Note(const Descriptor& lock, pid_t process);

  // Nobody, if no process has it.
  std::optional<pid_t> Holder() const;

 private:
  std::filesystem::path file_;
};

}  // namespace openimds::extension
