// SPDX-License-Identifier: Apache-2.0
#include "app/state.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/private_path.h"
#include "base/reasons.h"

namespace openimds {
namespace {

tl::unexpected<Error> Failed(const std::string& what, int error) {
  return Fail(ErrorKind::kInternal, reasons::kStateFailed,
              "cannot " + what + ": " + std::strerror(error));
}

tl::unexpected<Error> Loose(std::string message) {
  return Fail(ErrorKind::kForbidden, reasons::kStateModes, std::move(message));
}

Result<void> CheckFolder(const std::filesystem::path& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) return Failed("look at " + path.string(), errno);
  if (!S_ISDIR(facts.st_mode)) {
    return Fail(ErrorKind::kInternal, reasons::kStateFailed,
                "expected a folder for the state, got a file: " + path.string());
  }
  if (facts.st_uid != geteuid()) {
    return Loose("the state folder " + path.string() + " belongs to uid " +
                 std::to_string(facts.st_uid) + ", we are uid " + std::to_string(geteuid()) +
                 "; run as that user, or: chown -R " + std::to_string(geteuid()) + " '" +
                 path.string() + "'");
  }
  return CheckPrivate(facts, path);
}

Result<void> MakeFolder(const std::filesystem::path& path) {
  std::error_code failure;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), failure);
  if (failure) return Failed("make " + path.parent_path().string(), failure.value());
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return Failed("make " + path.string(), errno);
  }
  return {};
}

}  // namespace

StateLock::~StateLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<StateFolder> StateFolder::Open(std::filesystem::path path) {
  // A slash at the end would make the folder its own parent.
  if (!path.has_filename()) path = path.parent_path();
  TRY_VOID(MakeFolder(path));
  TRY_VOID(CheckFolder(path));
  return StateFolder(std::move(path));
}

Result<StateLock> StateFolder::TryLock() const {
  const std::filesystem::path file = path_ / "lock";
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return Failed("open " + file.string(), errno);
  StateLock lock(descriptor);
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return Failed("lock " + file.string(), errno);
  return Fail(ErrorKind::kConflict, reasons::kStateInUse,
              "another process is using the state folder " + path_.string());
}

}  // namespace openimds
