// SPDX-License-Identifier: Apache-2.0
#include "base/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "base/descriptor.h"
#include "base/reasons.h"

extern char** environ;

namespace openimds {
namespace {

constexpr std::size_t kMaxErrors = 64 * 1024;

tl::unexpected<Error> Failed(const SubprocessRequest& request, const std::string& why) {
  return Fail(ErrorKind::kUnavailable, reasons::kSubprocessFailed,
              "the program '" + request.program + "' " + why);
}

struct Pipe {
  Descriptor read_end;
  Descriptor write_end;
};

Result<Pipe> MakePipe(const SubprocessRequest& request) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return Failed(request, "was not started: " + std::generic_category().message(errno));
  }
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(const SubprocessRequest& request) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const bool replaced =
        std::any_of(request.environment.begin(), request.environment.end(),
                    [&](const auto& one) { return text.starts_with(one.first + "="); });
    if (!replaced) all.emplace_back(text);
  }
  for (const auto& [name, value] : request.environment) {
    all.emplace_back(name).append("=").append(value);
  }
  return all;
}

// A file in memory: unlike a pipe it takes everything before anybody reads.
Result<Descriptor> MakeInput(const SubprocessRequest& request) {
  if (request.input.empty()) {  // also for kernels that have no such files (before 3.17)
    Descriptor nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (nothing.is_open()) return nothing;
    return Failed(request, "was not started: " + std::generic_category().message(errno));
  }
  Descriptor file(memfd_create("input", MFD_CLOEXEC));
  std::string_view left = request.input;
  while (file.get() >= 0 && !left.empty()) {
    const ssize_t written = write(file.get(), left.data(), left.size());
    if (written <= 0) break;
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  if (file.get() < 0 || !left.empty() || lseek(file.get(), 0, SEEK_SET) != 0) {
    return Failed(request, "was not started: " + std::generic_category().message(errno));
  }
  return file;
}

Result<pid_t> Start(const SubprocessRequest& request, int input, int output, int errors) {
  std::vector<std::string> arguments{request.program};
  arguments.insert(arguments.end(), request.arguments.begin(), request.arguments.end());
  std::vector<std::string> environment = Environment(request);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  sigset_t usual;
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, request.program.c_str(), &files, &attributes,
                                 Pointers(arguments).data(), Pointers(environment).data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    return Failed(request, "was not started: " + std::generic_category().message(error));
  }
  return pid;
}

int ExitStatusOf(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int Wait(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return ExitStatusOf(status);
}

// Appends what there is. False at the end of it.
bool ReadSome(int descriptor, std::string* text) {
  std::array<char, 16 * 1024> chunk{};
  const ssize_t got = read(descriptor, chunk.data(), chunk.size());
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  text->append(chunk.data(), static_cast<std::size_t>(got));
  ::explicit_bzero(chunk.data(), chunk.size());
  return got > 0;
}

enum class Reading { kEnded, kTooLong, kTooMuch };

Reading ReadBoth(const SubprocessRequest& request, int output, int errors, std::string* out,
                 std::string* err) {
  using Steady = std::chrono::steady_clock;
  const auto end = Steady::now() + request.time_limit;
  std::array<pollfd, 2> waiting{{{output, POLLIN, 0}, {errors, POLLIN, 0}}};
  while (waiting[0].fd >= 0 || waiting[1].fd >= 0) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Steady::now()).count();
    if (left <= 0) return Reading::kTooLong;
    if (poll(waiting.data(), waiting.size(), static_cast<int>(left)) < 0 && errno != EINTR) break;
    if (waiting[0].revents != 0 && !ReadSome(output, out)) waiting[0].fd = -1;
    if (waiting[1].revents != 0 && !ReadSome(errors, err)) waiting[1].fd = -1;
    if (out->size() > request.max_output) return Reading::kTooMuch;
    if (err->size() > kMaxErrors) err->resize(kMaxErrors);
  }
  return Reading::kEnded;
}

}  // namespace

Result<SubprocessResult> RunSubprocess(const SubprocessRequest& request) {
  TRY(Pipe output, MakePipe(request));
  TRY(Pipe errors, MakePipe(request));
  TRY(const Descriptor input, MakeInput(request));
  TRY(const pid_t pid, Start(request, input.get(), output.write_end.get(), errors.write_end.get()));
  output.write_end = Descriptor();
  errors.write_end = Descriptor();

  std::string out;
  out.reserve(64 * 1024);
  SubprocessResult result;
  const Reading reading =
      ReadBoth(request, output.read_end.get(), errors.read_end.get(), &out, &result.errors);
  result.output = Secret(std::move(out));
  if (reading != Reading::kEnded) kill(-pid, SIGKILL);
  result.exit_status = Wait(pid);
  switch (reading) {
    case Reading::kEnded:
      return result;
    case Reading::kTooLong:
      return Failed(request, "did not end within " + std::to_string(request.time_limit.count()) +
                                 " s and was killed");
    case Reading::kTooMuch:
      return Failed(request, "wrote more than was expected and was killed");
  }
  return result;
}

}  // namespace openimds
