// SPDX-License-Identifier: Apache-2.0
#include "store/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "base/descriptor.h"
#include "base/private_path.h"
#include "base/reasons.h"

namespace openimds {
namespace {

tl::unexpected<Error> CannotMake(const std::filesystem::path& path, int error) {
  return Fail(ErrorKind::kInternal, reasons::kStateFailed,
              "cannot make '" + path.string() + "': " + std::generic_category().message(error));
}

}  // namespace

Result<void> EnsurePrivateFile(const std::filesystem::path& path) {
  const std::filesystem::path parent = path.parent_path();
  if (mkdir(parent.c_str(), 0700) != 0 && errno != EEXIST) return CannotMake(parent, errno);
  const Descriptor folder(open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status {};
  if (folder.get() < 0 || fstat(folder.get(), &status) != 0) return CannotMake(parent, errno);
  TRY_VOID(CheckPrivate(status, parent));

  // Never opened here: closing a descriptor of a file drops all of this process's POSIX locks on
  // it, and so those of an SQLite connection that has it open already.
  const std::string name = path.filename().string();
  const bool made = mknodat(folder.get(), name.c_str(), S_IFREG | 0600, 0) == 0;
  if (!made && errno != EEXIST) return CannotMake(path, errno);
  if (fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return CannotMake(path, errno);
  }
  if (!S_ISREG(status.st_mode)) return CannotMake(path, EEXIST);
  TRY_VOID(CheckPrivate(status, path));
  // The new name itself must be on the disk before a change in it is promised to be.
  if (fsync(folder.get()) != 0) return CannotMake(path, errno);
  return {};
}

}  // namespace openimds
