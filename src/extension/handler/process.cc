// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <string_view>
#include <system_error>
#include <thread>

#include "base/reasons.h"
#include "base/text.h"

namespace openimds::extension {
namespace {

namespace fs = std::filesystem;

constexpr off_t kMostLog = 1 << 20;
constexpr int kCannotRun = 127;

tl::unexpected<Error> NotStarted(const fs::path& program, int error) {
  return Fail(ErrorKind::kUnavailable, reasons::kHandlerDaemon,
              "cannot start '" + program.string() + "': " + std::strerror(error));
}

// All but 0 to 2 and `kept`: kernels of 2014 have no close_range().
void CloseOthers(int kept) {
  std::vector<int> open_now;
  if (DIR* const folder = opendir("/proc/self/fd")) {
    while (const dirent* const entry = readdir(folder)) {
      const auto number = ParseDecimal(entry->d_name);
      if (number && *number > 2) open_now.push_back(static_cast<int>(*number));
    }
    closedir(folder);
  } else {
    for (int fd = 3; fd < 1024; ++fd) open_now.push_back(fd);
  }
  for (const int fd : open_now) {
    if (fd != kept) close(fd);
  }
}

void ResetSignals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
}

void PointStandardStreams(const fs::path& output) {
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  int log = output.empty() ? -1 : open(output.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600);
  if (log < 0) log = nothing;
  dup2(nothing, 0);
  dup2(log, 1);
  dup2(log, 2);
}

[[noreturn]] void Become(const ProcessRequest& request) {
  ResetSignals();
  PointStandardStreams(request.output);
  CloseOthers(request.inherited);
  if (request.inherited > 2) fcntl(request.inherited, F_SETFD, 0);
  if (chdir("/") != 0) _exit(kCannotRun);
  std::vector<char*> arguments{const_cast<char*>(request.program.c_str())};
  for (const std::string& argument : request.arguments) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  execv(request.program.c_str(), arguments.data());
  _exit(kCannotRun);
}

}  // namespace

Result<pid_t> StartChild(const ProcessRequest& request) {
  if (access(request.program.c_str(), X_OK) != 0) return NotStarted(request.program, errno);
  const pid_t child = fork();
  if (child < 0) return NotStarted(request.program, errno);
  if (child == 0) Become(request);
  return child;
}

Result<void> StartDetached(const ProcessRequest& request) {
  if (access(request.program.c_str(), X_OK) != 0) return NotStarted(request.program, errno);
  const pid_t child = fork();
  if (child < 0) return NotStarted(request.program, errno);
  if (child == 0) {
    setsid();
    const pid_t grandchild = fork();
    if (grandchild == 0) Become(request);
    _exit(grandchild < 0 ? kCannotRun : 0);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return NotStarted(request.program, EAGAIN);
  return {};
}

void KeepLogSmall(const fs::path& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0 || status.st_size < kMostLog) return;
  std::error_code ignored;
  fs::rename(file, file.string() + ".1", ignored);
}

void LogLine(const fs::path& file, const std::string& line) {
  std::error_code ignored;
  fs::create_directories(file.parent_path(), ignored);
  KeepLogSmall(file);
  const Descriptor log(open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  if (!log.is_open()) return;
  const std::string text = FormatIsoTime(std::time(nullptr)) + " " + line + "\n";
  (void)!write(log.get(), text.data(), text.size());
}

bool SendSignal(pid_t process, int signal) { return process > 0 && kill(process, signal) == 0; }

void Pause(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }

}  // namespace openimds::extension
