// SPDX-License-Identifier: Apache-2.0
#include "extension/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include "base/descriptor.h"
#include "base/reasons.h"

namespace openimds::extension {
namespace {

Result<void> BecomeStandardError(const std::filesystem::path& file) {
  const Descriptor opened(
      open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0640));
  if (opened.is_open() && dup2(opened.get(), STDERR_FILENO) >= 0) return {};
  return Fail(ErrorKind::kUnavailable, reasons::kStateFailed,
              "cannot open '" + file.string() + "': " + std::generic_category().message(errno));
}

}  // namespace

Result<void> LogFile::Open(const std::filesystem::path& folder) {
  if (folder.empty() || folder == folder_) return {};
  mkdir(folder.c_str(), 0755);
  TRY_VOID(BecomeStandardError(folder / "daemon.log"));
  folder_ = folder;
  Turn();
  return {};
}

void LogFile::Turn() {
  struct stat facts {};
  if (folder_.empty() || fstat(STDERR_FILENO, &facts) != 0) return;
  const std::filesystem::path file = folder_ / "daemon.log";
  const bool gone = facts.st_nlink == 0;  // somebody else has turned it
  if (!gone && facts.st_size < static_cast<off_t>(kMaxBytes)) return;
  if (!gone) rename(file.c_str(), (folder_ / "daemon.log.1").c_str());
  (void)BecomeStandardError(file).has_value();
}

}  // namespace openimds::extension
