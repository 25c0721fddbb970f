// SPDX-License-Identifier: Apache-2.0
#include "credentials/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/descriptor.h"
#include "base/reasons.h"

namespace openimds {
namespace {

constexpr std::size_t kMaxBytes = 256 * 1024;

tl::unexpected<Error> Unreadable(const std::string& path, const std::string& why) {
  return Fail(ErrorKind::kUnavailable, reasons::kCredentialUnreadable,
              "cannot use the credential's file '" + path + "': " + why);
}

Result<void> CheckFile(int descriptor, const std::string& path, FileAccess access) {
  struct stat facts {};
  if (fstat(descriptor, &facts) != 0) {
    return Unreadable(path, std::generic_category().message(errno));
  }
  if (!S_ISREG(facts.st_mode)) return Unreadable(path, "expected a regular file");
  if (access == FileAccess::kPrivate && (facts.st_mode & 07U) != 0) {
    return Unreadable(path,
                      "expected it to be closed to others; mend it with: chmod o= '" + path + "'");
  }
  if (facts.st_size == 0) return Unreadable(path, "it is empty");
  if (facts.st_size > static_cast<off_t>(kMaxBytes)) {
    return Unreadable(path, "expected at most 256 KiB");
  }
  return {};
}

}  // namespace

Result<Secret> ReadSecretFile(const std::string& path, FileAccess access) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.is_open()) return Unreadable(path, std::generic_category().message(errno));
  TRY_VOID(CheckFile(file.get(), path, access));
  std::string bytes(kMaxBytes, '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = read(file.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Unreadable(path, std::generic_category().message(errno));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return Secret(std::move(bytes));
}

Result<Secret> ReadSecretLine(const std::string& path, FileAccess access) {
  TRY(const Secret file, ReadSecretFile(path, access));
  std::string_view line = file.RevealSecret();
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return Unreadable(path, "it holds an empty line");
  return Secret(std::string(line));
}

}  // namespace openimds
