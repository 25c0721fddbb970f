// SPDX-License-Identifier: Apache-2.0
#include "authority/private_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <utility>

#include "base/descriptor.h"
#include "base/private_path.h"
#include "base/reasons.h"

namespace openimds {
namespace {

constexpr std::size_t kMaxFileBytes = 1 << 20;

tl::unexpected<Error> Cannot(const char* what, const std::filesystem::path& path) {
  const std::string why = std::generic_category().message(errno);
  return Fail(ErrorKind::kInternal, reasons::kStateFailed,
              std::string("cannot ") + what + " '" + path.string() + "': " + why);
}

Result<void> WriteAll(int descriptor, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Cannot("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<Secret> ReadAll(int descriptor, std::size_t size, const std::filesystem::path& path) {
  std::string bytes(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t got = read(descriptor, bytes.data() + filled, size - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Cannot("read", path);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return Secret(std::move(bytes));
}

// Makes the folder and those above it, each 0700 and each name durable, if they are missing.
Result<void> MakeFolder(const std::filesystem::path& path) {
  std::error_code unknown;
  if (std::filesystem::exists(path, unknown)) return {};
  const std::filesystem::path parent = path.parent_path();
  if (parent != path) {
    TRY_VOID(MakeFolder(parent));
  }
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return Cannot("make", path);
  const Descriptor above(open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!above.is_open() || fsync(above.get()) != 0) return Cannot("sync", parent);
  return {};
}

}  // namespace

PrivateFolder::PrivateFolder(std::filesystem::path path, int descriptor)
    : path_(std::move(path)), descriptor_(descriptor) {}

PrivateFolder::PrivateFolder(PrivateFolder&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

PrivateFolder::~PrivateFolder() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<PrivateFolder> PrivateFolder::Open(const std::filesystem::path& given) {
  // With a parent to sync, and good after a change of the working directory in messages.
  std::error_code error;
  std::filesystem::path path = std::filesystem::absolute(given, error).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  TRY_VOID(MakeFolder(path));
  Descriptor folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!folder.is_open() || fstat(folder.get(), &status) != 0) return Cannot("open", path);
  TRY_VOID(CheckPrivate(status, path));
  if (flock(folder.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Cannot("lock", path);
    return Fail(ErrorKind::kUnavailable, reasons::kStateInUse,
                "'" + path.string() + "' is in use by another process");
  }
  return PrivateFolder(std::move(path), folder.Release());
}

Result<std::optional<Secret>> PrivateFolder::Read(const std::string& name) const {
  const std::filesystem::path file = path_ / name;
  // Without O_NONBLOCK, a FIFO of that name would hold us here.
  const Descriptor descriptor(
      openat(descriptor_, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!descriptor.is_open() && errno == ENOENT) return std::optional<Secret>();
  struct stat status {};
  if (!descriptor.is_open() || fstat(descriptor.get(), &status) != 0) return Cannot("read", file);
  TRY_VOID(CheckPrivate(status, file));
  const auto size = static_cast<std::size_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || size > kMaxFileBytes) {
    return Fail(ErrorKind::kInternal, reasons::kStateFailed,
                "expected '" + file.string() + "' to be a plain file of at most 1 MiB");
  }
  TRY(Secret bytes, ReadAll(descriptor.get(), size, file));
  return std::optional<Secret>(std::move(bytes));
}

Result<void> PrivateFolder::Write(const std::string& name, std::string_view bytes) {
  const std::string temporary = name + ".tmp";
  const std::filesystem::path file = path_ / temporary;
  unlinkat(descriptor_, temporary.c_str(), 0);  // what a crash left
  Descriptor descriptor(openat(descriptor_, temporary.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!descriptor.is_open()) return Cannot("make", file);
  TRY_VOID(WriteAll(descriptor.get(), bytes, file));
  if (fsync(descriptor.get()) != 0) return Cannot("sync", file);
  if (close(descriptor.Release()) != 0) return Cannot("write", file);
  if (renameat(descriptor_, temporary.c_str(), descriptor_, name.c_str()) != 0) {
    return Cannot("replace", path_ / name);
  }
  if (fsync(descriptor_) != 0) return Cannot("sync", path_);
  return {};
}

Result<void> PrivateFolder::Remove(const std::string& name) {
  if (unlinkat(descriptor_, name.c_str(), 0) != 0 && errno != ENOENT) {
    return Cannot("remove", path_ / name);
  }
  return {};
}

Result<std::vector<std::string>> PrivateFolder::List() const {
  // A descriptor of its own: the place in the listing belongs to the open folder.
  Descriptor copy(openat(descriptor_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!copy.is_open()) return Cannot("list", path_);
  struct CloseFolder {
    void operator()(DIR* folder) const { closedir(folder); }
  };
  const std::unique_ptr<DIR, CloseFolder> folder(fdopendir(copy.get()));
  if (!folder) return Cannot("list", path_);
  copy.Release();
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(folder.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  if (errno != 0) return Cannot("list", path_);
  return names;
}

}  // namespace openimds
