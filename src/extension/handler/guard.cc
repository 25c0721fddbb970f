// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/guard.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <system_error>

#include "base/descriptor.h"
#include "base/reasons.h"
#include "extension/handler/daemon_plan.h"
#include "extension/handler/discovery_file.h"
#include "extension/handler/endpoint_probe.h"
#include "extension/handler/process.h"
#include "extension/handler/restart_plan.h"
#include "extension/handler/service_folder.h"
#include "extension/handler/status_file.h"

namespace openimds::extension {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kTick{500};
constexpr seconds kHeartbeat{60};
constexpr seconds kProvisioning{3};
constexpr seconds kAfterRefusal{30};
constexpr seconds kPatience{8};  // for the requests that the daemon still answers

// Signals as something to poll for, so that nothing happens between two steps.
Descriptor ReceiveSignals() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&wanted, number);
  sigprocmask(SIG_BLOCK, &wanted, nullptr);
  return Descriptor(signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
}

class Guard {
 public:
  Guard(const HandlerEnvironment& environment, const fs::path& program, const Clock& clock)
      : environment_(environment),
        program_(program),
        folder_(environment.package_folder),
        log_(environment.log_folder / "guard.log"),
        clock_(clock) {}

  Result<void> Run() {
    const LifeLock life(folder_.guard_lock());
    TRY(const Descriptor lock, life.Take());
    LifeLock::Note(lock, getpid());
    const Descriptor signals = ReceiveSignals();
    EndStray();
    Reread();
    while (!leaving_) {
      Step();
      Await(signals);
    }
    EndDaemon();
    return {};
  }

 private:
  void Step() {
    if (!IsPackageThere()) {
      Leave("the package's folder is gone");
      EndDaemon();
      RemoveDiscovery(environment_.agent_folder(), applied_.port);
      RemoveStateFolder(environment_);
      return;
    }
    const SteadyTime now = clock_.SteadyNow();
    if (daemon_ <= 0 && now >= start_at_) Start(now);
    if (now >= heartbeat_at_) Beat(now);
    if (applied_.waiting && now >= ask_at_) AskForStatus(now);
  }

  bool IsPackageThere() const {
    return access(folder_.settings().c_str(), F_OK) == 0 &&
           access((environment_.package_folder / "HandlerEnvironment.json").c_str(), F_OK) == 0;
  }

  void Await(const Descriptor& signals) {
    pollfd watched{signals.get(), POLLIN, 0};
    const bool idle = daemon_ > 0 && !leaving_;
    const auto wait = leaving_ ? milliseconds{0} : idle ? kTick : RestartPlan::kShortest;
    poll(&watched, 1, static_cast<int>(wait.count()));
    signalfd_siginfo signal{};
    while (read(signals.get(), &signal, sizeof signal) == sizeof signal) Take(signal.ssi_signo);
  }

  void Take(std::uint32_t number) {
    if (number == SIGCHLD) return Reap();
    if (number != SIGHUP) return Leave("asked to");
    Reread();
    SendSignal(daemon_, SIGHUP);
  }

  void Leave(const std::string& why) {
    LogLine(log_, "the guard leaves: " + why);
    leaving_ = true;
  }

  void Reread() {
    auto applied = folder_.ReadApplied();
    if (!applied) return LogLine(log_, applied.error().message);
    applied_ = std::move(*applied);
    ask_at_ = heartbeat_at_ = clock_.SteadyNow();
  }

  // ---- the daemon ----------------------------------------------------------------------------

  // One that a guard before left behind: it would hold the port.
  void EndStray() {
    const LifeLock life(folder_.daemon_lock());
    const auto stray = life.Holder();
    if (!stray) return;
    LogLine(log_, "ending a daemon that has no guard");
    EndProcess(*stray, kPatience, [&] { return !life.Holder().has_value(); });
  }

  void Start(SteadyTime now) {
    started_at_ = now;
    auto lock = LifeLock(folder_.daemon_lock()).Take();
    if (!lock) return PutOff(now, lock.error().message);
    const auto child = StartChild({.program = program_,
                                   .arguments = {"run", "--settings", folder_.settings()},
                                   .output = log_,
                                   .inherited = lock->get()});
    if (!child) return PutOff(now, child.error().message);
    daemon_ = *child;
    LifeLock::Note(*lock, daemon_);
  }

  void PutOff(SteadyTime now, const std::string& why) {
    const milliseconds delay = restarts_.DelayAfter(started_at_, now);
    start_at_ = now + delay;
    LogLine(log_, why + "; starting it again in " + std::to_string(delay.count()) + " ms");
  }

  void Reap() {
    int status = 0;
    const pid_t ended = waitpid(-1, &status, WNOHANG);
    if (ended <= 0 || ended != daemon_) return;
    daemon_ = 0;
    const std::string how = WIFSIGNALED(status)
                                ? "signal " + std::to_string(WTERMSIG(status))
                                : "exit code " + std::to_string(WEXITSTATUS(status));
    if (!leaving_) PutOff(clock_.SteadyNow(), "the daemon ended with " + how);
  }

  void EndDaemon() {
    if (daemon_ <= 0) return;
    EndProcess(daemon_, kPatience, [&] {
      if (daemon_ > 0 && waitpid(daemon_, nullptr, WNOHANG) == daemon_) daemon_ = 0;
      return daemon_ <= 0;
    });
  }

  // ---- what the agent is told ----------------------------------------------------------------

  void Beat(SteadyTime now) {
    const bool up = daemon_ > 0 && IsEndpointUp(applied_.port);
    const auto written = WriteHeartbeat(environment_.heartbeat_file, up,
                                        up ? "the endpoint answers" : "the endpoint is silent");
    if (!written) LogLine(log_, written.error().message);
    heartbeat_at_ = now + (up ? kHeartbeat : seconds{1});
  }

  void AskForStatus(SteadyTime now) {
    const EndpointProbe probe = AskForToken(applied_);
    ask_at_ = now + (probe.answer == EndpointAnswer::kRefused ? kAfterRefusal : kProvisioning);
    const auto applied = folder_.ReadApplied();
    if (!applied || *applied != applied_) return Reread();  // an `enable` came in between
    const HandlerStatus status = StatusOf(probe, applied_);
    if (status == last_) return;
    const auto told = Tell(status);
    if (!told) return LogLine(log_, told.error().message);
    LogLine(log_, "status: " + status.message);
    last_ = status;
  }

  Result<void> Tell(const HandlerStatus& status) {
    for (const std::uint64_t sequence : applied_.sequences) {
      TRY_VOID(WriteStatus(environment_.status_folder, sequence, status, clock_.Now()));
    }
    if (status.kind != StatusKind::kSuccess) return {};
    applied_.waiting = false;
    TRY_VOID(WriteDiscovery(environment_.agent_folder(), applied_.port));
    return folder_.WriteApplied(applied_);
  }

  const HandlerEnvironment& environment_;
  const fs::path& program_;
  const ServiceFolder folder_;
  const fs::path log_;
  const Clock& clock_;
  AppliedSettings applied_;
  HandlerStatus last_;
  RestartPlan restarts_;
  SteadyTime start_at_{}, started_at_{}, heartbeat_at_{}, ask_at_{};
  pid_t daemon_ = 0;
  bool leaving_ = false;
};

}  // namespace

Result<void> RunGuard(const HandlerEnvironment& environment, const fs::path& program,
                      const Clock& clock) {
  return Guard(environment, program, clock).Run();
}

}  // namespace openimds::extension
