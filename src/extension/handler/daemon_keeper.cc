// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/daemon_keeper.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <system_error>
#include <utility>

#include "base/reasons.h"
#include "base/subprocess.h"
#include "extension/durable_file.h"
#include "extension/handler/agent_json.h"
#include "extension/handler/process.h"

namespace openimds::extension {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience{15};  // the guard itself waits for its daemon
constexpr std::string_view kUnit = "azuremsixtn.service";

tl::unexpected<Error> StaysAlive(const std::string& who) {
  return Fail(ErrorKind::kUnavailable, reasons::kHandlerDaemon, "the " + who + " cannot be ended");
}

Result<void> EndHolder(const fs::path& lock, const std::string& who) {
  const LifeLock life(lock);
  const auto holder = life.Holder();
  if (!holder) return {};
  if (EndProcess(*holder, kPatience, [&] { return !life.Holder().has_value(); })) return {};
  return StaysAlive(who);
}

// The guard first: it would start the daemon again.
Result<void> EndBoth(const ServiceFolder& folder) {
  TRY_VOID(EndHolder(folder.guard_lock(), "guard"));
  return EndHolder(folder.daemon_lock(), "daemon");
}

class SelfKeeper final : public DaemonKeeper {
 public:
  explicit SelfKeeper(KeptProgram kept) : kept_(std::move(kept)), folder_(kept_.package_folder) {}

  Result<void> Keep() override {
    const auto guard = LifeLock(folder_.guard_lock()).Holder();
    if (guard && SendSignal(*guard, SIGHUP)) return {};
    return StartDetached({.program = kept_.program,
                          .arguments = {"guard"},
                          .output = kept_.log_folder / "guard.log"});
  }

  Result<void> Release() override { return EndBoth(folder_); }
  void Forget() override {}

 private:
  const KeptProgram kept_;
  const ServiceFolder folder_;
};

class SystemdKeeper final : public DaemonKeeper {
 public:
  SystemdKeeper(KeptProgram kept, Systemctl systemctl)
      : kept_(std::move(kept)), folder_(kept_.package_folder), systemctl_(std::move(systemctl)) {}

  Result<void> Keep() override {
    TRY(const bool is_new, PutUnit());
    if (is_new) TRY_VOID(systemctl_({"daemon-reload"}));
    TRY_VOID(systemctl_({"enable", std::string(kUnit)}));
    const bool alive = LifeLock(folder_.guard_lock()).Holder().has_value();
    return systemctl_({!is_new && alive ? "reload" : "restart", std::string(kUnit)});
  }

  // Systemd may not know the unit; what counts is that nobody lives.
  Result<void> Release() override {
    (void)systemctl_({"disable", std::string(kUnit)});
    (void)systemctl_({"stop", std::string(kUnit)});
    return EndBoth(folder_);
  }

  void Forget() override {
    const auto written = ReadAgentFile(UnitFile());
    if (!written || *written != RenderUnit(kept_)) return;  // a newer version's
    std::error_code ignored;
    fs::remove(UnitFile(), ignored);
    (void)systemctl_({"daemon-reload"});
  }

 private:
  fs::path UnitFile() const { return kept_.systemd_units / kUnit; }

  // True if it was not there, or another.
  Result<bool> PutUnit() {
    const std::string wanted = RenderUnit(kept_);
    const auto written = ReadAgentFile(UnitFile());
    if (written && *written == wanted) return false;
    std::error_code ignored;  // of a folder that cannot be made, writing tells
    fs::create_directories(kept_.systemd_units, ignored);
    TRY_VOID(WriteDurably(UnitFile(), wanted, 0644));
    return true;
  }

  const KeptProgram kept_;
  const ServiceFolder folder_;
  const Systemctl systemctl_;
};

Result<void> RunSystemctl(const std::vector<std::string>& arguments) {
  SubprocessRequest request;
  request.program = "systemctl";
  request.arguments = arguments;
  TRY(const SubprocessResult done, RunSubprocess(request));
  if (done.exit_status == 0) return {};
  return Fail(ErrorKind::kUnavailable, reasons::kHandlerDaemon,
              "systemctl " + arguments.front() + ": " + done.errors);
}

}  // namespace

std::string RenderUnit(const KeptProgram& kept) {
  const std::string package = kept.package_folder.string();
  return "[Unit]\n"
         "Description=Managed identity extension: tokens on localhost\n"
         "After=network.target\n"
         "ConditionPathExists=" +
         package +
         "/HandlerEnvironment.json\n"
         "\n"
         "[Service]\n"
         "ExecStart=\"" +
         kept.program.string() +
         "\" guard\n"
         "ExecReload=/bin/kill -HUP $MAINPID\n"
         "KillMode=mixed\n"
         "Restart=on-failure\n"
         "RestartSec=1\n"
         "StartLimitInterval=0\n"
         "TimeoutStopSec=20\n"
         "PrivateTmp=yes\n"
         "\n"
         "[Install]\n"
         "WantedBy=multi-user.target\n";
}

std::unique_ptr<DaemonKeeper> KeepByItself(KeptProgram kept) {
  return std::make_unique<SelfKeeper>(std::move(kept));
}

std::unique_ptr<DaemonKeeper> KeepBySystemd(KeptProgram kept, Systemctl systemctl) {
  return std::make_unique<SystemdKeeper>(std::move(kept), std::move(systemctl));
}

std::unique_ptr<DaemonKeeper> MakeDaemonKeeper(KeptProgram kept) {
  if (access(kept.systemd_marker.c_str(), F_OK) != 0) return KeepByItself(std::move(kept));
  return KeepBySystemd(std::move(kept), RunSystemctl);
}

}  // namespace openimds::extension
