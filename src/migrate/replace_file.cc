// SPDX-License-Identifier: Apache-2.0
#include "migrate/replace_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include "base/descriptor.h"
#include "base/reasons.h"

namespace openimds::migrate {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> Unwritable(const fs::path& path, int error) {
  return Fail(ErrorKind::kUnavailable, reasons::kFileUnwritable,
              "cannot replace '" + path.string() + "': " + std::strerror(error));
}

// A file beside its later place that takes itself away unless it got there.
class Draft {
 public:
  explicit Draft(const fs::path& path) : name_((path.parent_path() / ".openimds-XXXXXX").string()) {
    file_ = Descriptor(mkostemp(name_.data(), O_CLOEXEC));
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    if (file_.is_open()) unlink(name_.c_str());
  }

  bool Write(std::string_view content, const struct stat& like) {
    if (!file_.is_open()) return false;
    while (!content.empty()) {
      const ssize_t written = write(file_.get(), content.data(), content.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return false;
      content.remove_prefix(static_cast<std::size_t>(written));
    }
    // Owner first: a change of it takes the set-id bits away. Only root may give files away.
    if (fchown(file_.get(), like.st_uid, like.st_gid) != 0 && errno != EPERM) return false;
    return fchmod(file_.get(), like.st_mode & 07777) == 0 && fsync(file_.get()) == 0;
  }

  bool MoveTo(const fs::path& path) {
    if (rename(name_.c_str(), path.c_str()) != 0) return false;
    file_.Close();
    return true;
  }

 private:
  std::string name_;
  Descriptor file_;
};

bool Holds(const fs::path& path, std::string_view expected) {
  std::ifstream file(path, std::ios::binary);
  const std::string now{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return file && now == expected;
}

}  // namespace

Result<void> ReplaceFile(const fs::path& path, std::string_view expected,
                         std::string_view content) {
  // A link stays a link: what it points to is replaced.
  std::error_code failure;
  const fs::path real = fs::canonical(path, failure);
  struct stat status {};
  if (failure || stat(real.c_str(), &status) != 0) return Unwritable(path, ENOENT);
  if (access(real.c_str(), W_OK) != 0) return Unwritable(path, errno);
  Draft draft(real);
  if (!draft.Write(content, status)) return Unwritable(path, errno);
  if (!Holds(real, expected)) {
    return Fail(ErrorKind::kConflict, reasons::kChangedMeanwhile,
                "'" + path.string() + "' changed while it was being rewritten; run it again");
  }
  if (!draft.MoveTo(real)) return Unwritable(path, errno);
  return {};
}

}  // namespace openimds::migrate
