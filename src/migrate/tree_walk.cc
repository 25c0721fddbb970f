// SPDX-License-Identifier: Apache-2.0
#include "migrate/tree_walk.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/descriptor.h"
#include "base/reasons.h"

namespace openimds::migrate {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kVersionControl[] = {".git", ".hg", ".svn", ".jj"};
constexpr std::string_view kOthersCode[] = {"node_modules", ".terraform",    ".venv", "venv",
                                            "__pycache__",  "site-packages", ".tox"};
constexpr int kDeepestFolder = 100;

template <std::size_t kSize>
bool IsOneOf(std::string_view name, const std::string_view (&names)[kSize]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

class Walker {
 public:
  Walker(const WalkOptions& options, const VisitFile& visit, std::vector<Skipped>* skipped)
      : options_(options), visit_(visit), skipped_(*skipped) {}

  Result<void> Start(const fs::path& root) {
    std::error_code failure;
    const fs::file_status status = fs::status(root, failure);
    if (!fs::exists(status)) {
      return Fail(ErrorKind::kNotFound, reasons::kFileUnreadable,
                  "expected a file or a folder, got nothing at '" + root.string() + "'");
    }
    if (!fs::is_directory(status)) {
      if (!fs::is_regular_file(status)) {
        return Fail(ErrorKind::kInvalidRequest, reasons::kArgumentInvalid,
                    "expected a file or a folder, got something else at '" + root.string() + "'");
      }
      return Unless(ReadFile(root), root);
    }
    const fs::directory_iterator readable(root, failure);
    if (failure) return Unless(failure.message(), root);
    Folder(root, 0);
    return {};
  }

 private:
  static Result<void> Unless(const std::string& problem, const fs::path& path) {
    if (problem.empty()) return {};
    return Fail(ErrorKind::kInvalidRequest, reasons::kFileUnreadable,
                "cannot read '" + path.string() + "': " + problem);
  }

  void Skip(const fs::path& path, std::string reason) {
    skipped_.push_back({path.string(), std::move(reason)});
  }

  bool IsExcluded(const fs::path& path) const {
    const std::string whole = path.lexically_normal().string();
    const std::string name = path.filename().string();
    return std::any_of(options_.excluded.begin(), options_.excluded.end(),
                       [&](const std::string& pattern) {
                         return fnmatch(pattern.c_str(), name.c_str(), 0) == 0 ||
                                fnmatch(pattern.c_str(), whole.c_str(), 0) == 0;
                       });
  }

  void Folder(const fs::path& folder, int depth) {
    if (depth > kDeepestFolder) return Skip(folder, "more than 100 folders deep");
    std::error_code failure;
    std::vector<fs::path> entries;
    for (fs::directory_iterator it(folder, failure); !failure && it != fs::directory_iterator();
         it.increment(failure)) {
      entries.push_back(it->path());
    }
    if (failure) Skip(folder, failure.message());
    std::sort(entries.begin(), entries.end());
    for (const fs::path& entry : entries) Entry(entry, depth);
  }

  void Entry(const fs::path& path, int depth) {
    std::error_code failure;
    const fs::file_status own = fs::symlink_status(path, failure);
    const std::string name = path.filename().string();
    if (IsOneOf(name, kVersionControl)) return;
    if (IsExcluded(path)) return Skip(path, "excluded");
    if (fs::is_symlink(own)) return Link(path);
    if (fs::is_directory(own)) {
      if (IsOneOf(name, kOthersCode)) {
        return Skip(path, "others' code; name it to have it searched");
      }
      return Folder(path, depth + 1);
    }
    if (fs::is_regular_file(own)) File(path);
  }

  // What a link points to is inside the tree and read there, or outside and none of our business.
  void Link(const fs::path& path) { Skip(path, "symbolic link"); }

  void File(const fs::path& path) {
    std::string problem = ReadFile(path);
    if (!problem.empty()) Skip(path, std::move(problem));
  }

  // Empty if it was visited or has nothing to read; else why not.
  std::string ReadFile(const fs::path& path) {
    // O_NONBLOCK: a FIFO that took the file's place must not hold us up.
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat status {};
    if (!file.is_open() || fstat(file.get(), &status) != 0) return std::strerror(errno);
    if (!S_ISREG(status.st_mode)) return "no regular file";
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > options_.largest_file) {
      return "larger than " + std::to_string(options_.largest_file) + " bytes";
    }
    std::string content(size, '\0');
    std::size_t filled = 0;
    while (filled < size) {
      const ssize_t got = read(file.get(), content.data() + filled, size - filled);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return std::strerror(errno);
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
    }
    content.resize(filled);
    if (content.starts_with("\xFF\xFE") || content.starts_with("\xFE\xFF")) {
      return "UTF-16 text; save it as UTF-8 to have it searched";
    }
    if (content.find('\0') != std::string::npos) return "binary";
    visit_(path.string(), std::move(content));
    return {};
  }

  const WalkOptions& options_;
  const VisitFile& visit_;
  std::vector<Skipped>& skipped_;
};

}  // namespace

Result<void> WalkTree(const fs::path& root, const WalkOptions& options, const VisitFile& visit,
                      std::vector<Skipped>* skipped) {
  return Walker(options, visit, skipped).Start(root);
}

}  // namespace openimds::migrate
