// SPDX-License-Identifier: Apache-2.0
#include "extension/run_daemon.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "base/descriptor.h"
#include "base/reasons.h"
#include "extension/daemon.h"
#include "extension/daemon_settings.h"
#include "extension/daemon_status.h"
#include "extension/log_file.h"
#include "telemetry/events.h"

namespace openimds::extension {
namespace {

constexpr timespec kLook{0, 250'000'000};  // how often the files are looked at
constexpr int kLooksPerSave = 4;

// Taken one by one by this thread; the others never see them.
class DaemonSignals {
 public:
  DaemonSignals() {
    sigemptyset(&set_);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set_, number);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    signal(SIGPIPE, SIG_IGN);
  }

  int Wait() {  // 0 if none came in time
    const int number = sigtimedwait(&set_, nullptr, &kLook);
    return number > 0 ? number : 0;
  }

 private:
  sigset_t set_{};
};

// Memory holds keys and tokens: it must not end up in a file.
void ForbidCores() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

// Tells one file of that name from another; all zero if there is none.
struct FileStamp {
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t changed = 0;  // in nanoseconds
  bool operator==(const FileStamp&) const = default;

  static FileStamp Of(const std::filesystem::path& path) {
    struct stat facts {};
    if (stat(path.c_str(), &facts) != 0) return {};
    return {facts.st_ino, facts.st_size,
            facts.st_ctim.tv_sec * std::int64_t{1'000'000'000} + facts.st_ctim.tv_nsec};
  }
};

// Held as long as the process lives, however that ends.
Result<Descriptor> LockState(const std::filesystem::path& folder) {
  const auto cannot = [&](const char* what) {
    return Fail(ErrorKind::kUnavailable, reasons::kStateFailed,
                std::string("cannot ") + what + " '" + folder.string() +
                    "': " + std::generic_category().message(errno));
  };
  std::error_code failed;
  std::filesystem::create_directories(folder.parent_path(), failed);
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return cannot("make");
  Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.is_open()) return cannot("open");
  if (flock(opened.get(), LOCK_EX | LOCK_NB) == 0) return opened;
  if (errno != EWOULDBLOCK) return cannot("lock");
  return Fail(ErrorKind::kUnavailable, reasons::kStateInUse,
              "'" + folder.string() + "' is in use by another daemon");
}

bool HasGone(const std::filesystem::path& folder) {
  struct stat facts {};
  return !folder.empty() && stat(folder.c_str(), &facts) != 0 && errno == ENOENT;
}

class Run {
 public:
  Run(std::filesystem::path file, DaemonSettings settings)
      : file_(std::move(file)), state_dir_(settings.state_dir), first_(std::move(settings)) {}

  Result<void> Serve(DaemonSignals& signals) {
    TRY(const Descriptor lock, LockState(state_dir_));
    TRY_VOID(log_file_.Open(first_.log_dir));
    Log log(LogLevel::kInfo, LogFormat::kAuto);
    stamp_ = FileStamp::Of(file_);
    auto started = Daemon::Start(first_, log);
    if (!started) {
      Tell(first_, false, started.error());
      return tl::unexpected<Error>(std::move(started.error()));
    }
    daemon_ = *std::move(started);
    Tell(first_, true, {});
    log.Write(LogLevel::kInfo, events::kServiceReady,
              {{"pid", std::int64_t{getpid()}},
               {"port", std::int64_t{first_.port}},
               {"mode", ToText(first_.mode)},
               {"version", OPENIMDS_VERSION}});
    Loop(signals, log);
    log.Write(LogLevel::kInfo, events::kServiceStopping, {});
    daemon_->Stop();
    Tell(daemon_->settings(), false, {});
    daemon_ = nullptr;  // it writes to the log until its end
    return {};
  }

 private:
  void Loop(DaemonSignals& signals, Log& log) {
    for (int looks = 1;; ++looks) {
      const int number = signals.Wait();
      if (number == SIGTERM || number == SIGINT) return;
      if (HasGone(daemon_->settings().package_dir)) {
        log.Write(LogLevel::kInfo, events::kGuestPackageGone,
                  {{"path", daemon_->settings().package_dir.native()}});
        return;
      }
      const FileStamp now = FileStamp::Of(file_);
      // A file that is gone for a moment is one that is being replaced.
      if (number == SIGHUP || (now != stamp_ && now != FileStamp())) {
        stamp_ = now;
        Reload(log);
      }
      if (looks % kLooksPerSave == 0) {
        daemon_->Tick();
        log_file_.Turn();
      }
    }
  }

  void Reload(Log& log) {
    auto next = ReadDaemonSettings(file_);
    auto taken = next ? daemon_->Take(*next) : Result<void>(tl::unexpected<Error>(next.error()));
    if (taken) {
      log.Write(LogLevel::kInfo, events::kConfigReloaded,
                {{"generation", static_cast<std::int64_t>(next->generation)}});
      if (auto opened = log_file_.Open(next->log_dir); !opened) taken = opened;
    }
    if (!taken) {
      log.Write(LogLevel::kError, events::kConfigRefused,
                {{"reason", taken.error().reason}, {"message", taken.error().message}});
    }
    Tell(daemon_->settings(), true, taken ? Error{} : taken.error());
  }

  // A status that cannot be written is seen by whoever waits for it.
  void Tell(const DaemonSettings& settings, bool serving, const Error& problem) const {
    DaemonStatus status{getpid(),       settings.port,
                        settings.mode,  settings.generation,
                        serving,        std::string(problem.reason),
                        problem.message};
    (void)WriteDaemonStatus(status, state_dir_).has_value();
  }

  const std::filesystem::path file_;
  const std::filesystem::path state_dir_;
  const DaemonSettings first_;
  LogFile log_file_;
  FileStamp stamp_;
  std::unique_ptr<Daemon> daemon_;
};

}  // namespace

Result<void> RunDaemon(const std::filesystem::path& file) {
  DaemonSignals signals;
  ForbidCores();
  TRY(DaemonSettings settings, ReadDaemonSettings(file));
  Run run(file, std::move(settings));
  return run.Serve(signals);
}

}  // namespace openimds::extension
