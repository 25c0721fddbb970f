// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/handler_command.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ostream>
#include <system_error>
#include <utility>

#include "base/descriptor.h"
#include "base/reasons.h"
#include "base/text.h"
#include "extension/durable_file.h"
#include "extension/handler/daemon_plan.h"
#include "extension/handler/discovery_file.h"
#include "extension/handler/enable.h"
#include "extension/handler/guard.h"
#include "extension/handler/process.h"
#include "extension/handler/settings_choice.h"

namespace openimds::extension {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 7> kVerbs{"install",   "enable", "update", "disable",
                                                 "uninstall", "reset",  "guard"};

// One call: where it is, what it was given, and what it says.
class HandlerRun {
 public:
  HandlerRun(std::string_view verb, const HandlerCall& call, HandlerEnvironment environment)
      : verb_(verb),
        call_(call),
        environment_(std::move(environment)),
        folder_(environment_.package_folder),
        keeper_(call.make_keeper({.program = call.program,
                                  .package_folder = environment_.package_folder,
                                  .log_folder = environment_.log_folder})) {}

  int Run() {
    const Descriptor turn = AwaitTurn();
    const auto done = Dispatch();
    const std::string said = done ? *done : done.error().message;
    const int exit = done ? kHandlerDone : ExitFor(done.error());
    Log(said + " (exit " + std::to_string(exit) + ")");
    (done ? call_.out : call_.err) << verb_ << ": " << said << "\n";
    return exit;
  }

 private:
  Result<std::string> Dispatch() {
    if (verb_ == "enable") return RunEnable();
    if (verb_ == "disable") return RunDisable();
    if (verb_ == "install") return RunInstall();
    if (verb_ == "uninstall") return RunUninstall();
    if (verb_ == "reset") return RunReset();
    return RunUpdate();
  }

  // ---- the verbs -----------------------------------------------------------------------------

  Result<std::string> RunInstall() {
    utsname system{};
    const bool linux_kernel = uname(&system) == 0 && std::string_view(system.sysname) == "Linux";
    if (!linux_kernel || access("/proc/self/fd", R_OK) != 0) {
      return Fail(ErrorKind::kForbidden, reasons::kHandlerSystem,
                  "expected Linux with /proc, got " + std::string(system.sysname));
    }
    TRY_VOID(folder_.Make());
    Beat(false, "installed, not enabled");
    return "installed";
  }

  Result<std::string> RunEnable() {
    TRY(const SettingsChoice choice, Choose());
    const auto sequences = SequencesFor(choice, environment_);
    HandlerStatus beginning;
    beginning.operation = "Enable";
    beginning.message = "applying settings " + std::to_string(choice.sequence);
    TRY_VOID(Tell(sequences, beginning));
    const auto status = Enable(
        choice,
        {.environment = environment_, .keeper = *keeper_, .clock = call_.clock, .pause = Pause});
    if (!status) {
      TRY_VOID(Tell(sequences, FailureOf(status.error())));
      Beat(false, status.error().message);
      return tl::unexpected<Error>(status.error());
    }
    TRY_VOID(Tell(sequences, *status));
    Beat(true, "the endpoint answers");
    NoteSequence(choice.sequence);
    if (status->kind != StatusKind::kError) return status->message;
    return Fail(ErrorKind::kUnavailable, reasons::kHandlerDaemon, status->message);
  }

  Result<std::string> RunDisable() {
    TRY_VOID(keeper_->Release());
    RemoveOwnDiscovery();
    Beat(false, "disabled");
    HandlerStatus stopped;
    stopped.operation = "Disable";
    stopped.kind = StatusKind::kSuccess;
    stopped.message = "the endpoint is stopped";
    if (const auto choice = Choose()) {
      TRY_VOID(Tell(SequencesFor(*choice, environment_), stopped));
    }
    return stopped.message;
  }

  // Settings are the agent's and are applied by `enable`: nothing has to be carried over.
  Result<std::string> RunUpdate() { return "ready to replace the version before"; }

  Result<std::string> RunUninstall() {
    TRY_VOID(keeper_->Release());
    keeper_->Forget();
    RemoveOwnDiscovery();
    TRY_VOID(folder_.Remove());
    RemoveStateFolder(environment_);
    return "uninstalled";
  }

  Result<std::string> RunReset() {
    TRY_VOID(keeper_->Release());
    RemoveOwnDiscovery();
    TRY_VOID(folder_.Remove());
    RemoveStateFolder(environment_);
    std::error_code ignored;
    fs::remove(environment_.package_folder / "mrseq", ignored);
    return "the endpoint is stopped and its state is gone; `enable` begins anew";
  }

  // ---- what they share -----------------------------------------------------------------------

  // A person and the agent may call at the same time; each call takes a minute at most.
  Descriptor AwaitTurn() const {
    const fs::path file = environment_.package_folder / "HandlerEnvironment.json";
    Descriptor opened(open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (opened.is_open()) (void)flock(opened.get(), LOCK_EX);
    return opened;
  }

  Result<SettingsChoice> Choose() {
    const auto number = call_.variable("ConfigSequenceNumber");
    return ChooseSettings(environment_.config_folder, number);
  }

  Result<void> Tell(const std::vector<std::uint64_t>& sequences, const HandlerStatus& status) {
    for (const std::uint64_t sequence : sequences) {
      TRY_VOID(WriteStatus(environment_.status_folder, sequence, status, call_.clock.Now()));
    }
    return {};
  }

  // While no guard does it. Without the file, agents report that it is missing instead of our
  // error.
  void Beat(bool ready, const std::string& message) {
    (void)WriteHeartbeat(environment_.heartbeat_file, ready, message);
  }

  static HandlerStatus FailureOf(const Error& error) {
    HandlerStatus status;
    status.operation = "Enable";
    status.kind = StatusKind::kError;
    status.code = ExitFor(error);
    status.message = error.message;
    return status;
  }

  // "Most recently run sequence", which agents carry from version to version.
  void NoteSequence(std::uint64_t sequence) {
    (void)WriteDurably(environment_.package_folder / "mrseq", std::to_string(sequence), 0600);
  }

  void RemoveOwnDiscovery() {
    if (const auto applied = folder_.ReadApplied()) {
      RemoveDiscovery(environment_.agent_folder(), applied->port);
    }
  }

  void Log(const std::string& line) {
    LogLine(environment_.log_folder / "handler.log", std::string(verb_) + ": " + line);
  }

  const std::string_view verb_;
  const HandlerCall& call_;
  const HandlerEnvironment environment_;
  const ServiceFolder folder_;
  const std::unique_ptr<DaemonKeeper> keeper_;
};

int Complain(std::string_view verb, const HandlerCall& call, const Error& error) {
  call.err << verb << ": " << error.message << "\n";
  return ExitFor(error);
}

}  // namespace

HandlerExit ExitFor(const Error& error) {
  if (error.reason == reasons::kHandlerSystem) return kHandlerUnsupported;
  for (const std::string_view reason :
       {reasons::kHandlerDependency, reasons::kHandlerEnvironment, reasons::kStateModes}) {
    if (error.reason == reason) return kHandlerLacks;
  }
  for (const std::string_view reason :
       {reasons::kHandlerSettings, reasons::kConfigInvalid, reasons::kCredentialInvalid}) {
    if (error.reason == reason) return kHandlerMisused;
  }
  return kHandlerFailed;
}

bool IsHandlerVerb(std::string_view verb) {
  return std::find(kVerbs.begin(), kVerbs.end(), verb) != kVerbs.end();
}

int RunHandlerVerb(std::string_view verb, const HandlerCall& call) {
  umask(077);
  auto environment = FindHandlerEnvironment(call.program.parent_path());
  if (!environment) return Complain(verb, call, environment.error());
  if (verb != "guard") return HandlerRun(verb, call, std::move(*environment)).Run();
  const auto guarded = RunGuard(*environment, call.program, call.clock);
  return guarded ? kHandlerDone : Complain(verb, call, guarded.error());
}

}  // namespace openimds::extension
