// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "base/result.h"

namespace openimds {

// Held by the one process that may write the state. Given back when destroyed, and by the kernel
// when the process dies.
class StateLock {
 public:
  StateLock(StateLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  StateLock& operator=(StateLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~StateLock();

 private:
  friend class StateFolder;
  explicit StateLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

// The folder where everything is kept, and what is where in it. It is 0700 and ours.
class StateFolder {
 public:
  // Makes the folder and its parents if they are missing (the folder itself 0700). Fails with
  // kStateModes, saying which `chmod` or `chown` mends it, if others may enter it; with
  // kStateFailed if it cannot be made.
  static Result<StateFolder> Open(std::filesystem::path path);

  // Does not wait: fails with kStateInUse if another process holds it.
  Result<StateLock> TryLock() const;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path control_socket() const { return path_ / "control.sock"; }
  std::filesystem::path keys() const { return path_ / "keys"; }
  std::filesystem::path tls() const { return path_ / "tls"; }
  std::filesystem::path attestation() const { return path_ / "attestation"; }
  std::filesystem::path admin() const { return path_ / "admin"; }
  std::filesystem::path database() const { return path_ / "openimds.db"; }

 private:
  explicit StateFolder(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
};

}  // namespace openimds
