// SPDX-License-Identifier: Apache-2.0
#include "extension/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "base/descriptor.h"
#include "base/reasons.h"

namespace openimds::extension {
namespace {

tl::unexpected<Error> Cannot(const char* what, const std::filesystem::path& path,
                             ErrorKind kind = ErrorKind::kUnavailable) {
  const std::string why = std::generic_category().message(errno);
  return Fail(kind, reasons::kStateFailed,
              std::string("cannot ") + what + " '" + path.string() + "': " + why);
}

Result<void> WriteAll(int file, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Cannot("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> WriteTemporary(const std::filesystem::path& path, std::string_view bytes,
                            mode_t mode) {
  unlink(path.c_str());  // what a crash left
  const Descriptor file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  // The umask may have taken bits that readers need.
  if (!file.is_open() || fchmod(file.get(), mode) != 0) return Cannot("make", path);
  TRY_VOID(WriteAll(file.get(), bytes, path));
  if (fsync(file.get()) != 0) return Cannot("sync", path);
  return {};
}

}  // namespace

Result<void> WriteDurably(const std::filesystem::path& path, std::string_view bytes, mode_t mode) {
  // Of this process alone: the handler and the daemon may write at the same time.
  std::filesystem::path temporary = path;
  temporary += "." + std::to_string(getpid()) + ".tmp";
  auto written = WriteTemporary(temporary, bytes, mode);
  if (!written) {
    unlink(temporary.c_str());
    return written;
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    auto failed = Cannot("replace", path);
    unlink(temporary.c_str());
    return failed;
  }
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const Descriptor above(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!above.is_open() || fsync(above.get()) != 0) return Cannot("sync", folder);
  return {};
}

Result<std::string> ReadGuardedFile(const std::filesystem::path& path, std::size_t limit) {
  // Without O_NONBLOCK, a FIFO of that name would hold us here.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file.is_open() && errno == ENOENT) return Cannot("read", path, ErrorKind::kNotFound);
  struct stat facts {};
  if (!file.is_open() || fstat(file.get(), &facts) != 0) return Cannot("read", path);
  if (!S_ISREG(facts.st_mode) || facts.st_size > static_cast<off_t>(limit)) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kStateFailed,
                "expected '" + path.string() + "' to be a plain file of at most " +
                    std::to_string(limit) + " bytes");
  }
  if ((facts.st_mode & 022U) != 0) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kStateModes,
                "expected '" + path.string() +
                    "' to be closed to writing by others; mend it with: chmod go-w '" +
                    path.string() + "'");
  }
  std::string bytes(static_cast<std::size_t>(facts.st_size), '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = read(file.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Cannot("read", path);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace openimds::extension
