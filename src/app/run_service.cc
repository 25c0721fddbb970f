// SPDX-License-Identifier: Apache-2.0
#include "app/run_service.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/administrator_file.h"
#include "app/core.h"
#include "app/extensions_at_rest.h"
#include "app/notify_systemd.h"
#include "app/privileges.h"
#include "app/service.h"
#include "app/syscall_filter.h"
#include "authority/attestation_signer.h"
#include "base/reasons.h"
#include "credentials/credential_router.h"
#include "frontends/arm/operator_access.h"
#include "http/outbound_client.h"
#include "telemetry/events.h"

namespace openimds {
namespace {

constexpr std::chrono::hours kMaintenanceInterval{1};

// The signals that end, reload or replace the service, taken one by one by the main thread.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR2}) sigaddset(&set_, signal);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
    signal(SIGPIPE, SIG_IGN);
    for (const int change : kChanges) signal(change, SIG_DFL);  // see IgnoreChanges()
  }
  ~Signals() { Unblock(); }

  void Unblock() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  // 0 if none came within the time.
  int Wait(std::chrono::seconds at_most) {
    const timespec limit{at_most.count(), 0};
    const int signal = sigtimedwait(&set_, nullptr, &limit);
    return signal > 0 ? signal : 0;
  }

  // While another program takes our place, none of us could follow them, and they would end it.
  void IgnoreChanges() {
    for (const int change : kChanges) signal(change, SIG_IGN);
  }

 private:
  static constexpr int kChanges[] = {SIGHUP, SIGUSR2};
  sigset_t set_{}, before_{};
};

// Memory holds keys and tokens: it must not end up in a file.
void ForbidCoreFiles() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

// Each guest takes a descriptor for each I/O thread, and each connection one.
void RaiseFileLimit() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

// systemd wants to know since when.
std::string Reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t microseconds = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
  return "RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds);
}

// A kernel without filters is no reason not to serve; whoever asked for one is told.
void Restrict(const Config& config, Log& log) {
  if (!config.restrict_system_calls) return;
  if (const auto done = RestrictSystemCalls(); !done) {
    log.Write(LogLevel::kWarn, events::kSandboxMissing, {{"message", done.error().message}});
  }
}

void Reload(Service& service, const std::function<Result<Config>()>& read_config, Log& log) {
  auto next = read_config();
  auto outcome = next ? service.Reload(*next) : Result<void>(tl::unexpected<Error>(next.error()));
  if (outcome) {
    log.Write(LogLevel::kInfo, events::kConfigReloaded, {});
  } else {
    log.Write(LogLevel::kError, events::kConfigRefused, {{"message", outcome.error().message}});
  }
}

bool MayHandOver(const Relaunch& relaunch, Log& log) {
  const auto checked = CheckRelaunch(relaunch);
  if (checked) return true;
  log.Write(LogLevel::kError, events::kHandOverRefused, {{"message", checked.error().message}});
  return false;
}

// The one before us has just let go of it, or is about to: between the two nobody keeps it long.
Result<StateLock> LockState(const StateFolder& folder, bool takes_over) {
  constexpr std::chrono::milliseconds kStep{20};
  auto lock = folder.TryLock();
  for (int tries = 250; takes_over && !lock && tries > 0; --tries) {
    std::this_thread::sleep_for(kStep);
    lock = folder.TryLock();
  }
  return lock;
}

// True: another program is to take its place.
bool ServeUntilTold(Service& service, const ServicePlan& plan, Signals& signals, Log& log) {
  for (;;) {
    const int signal = signals.Wait(kMaintenanceInterval);
    if (signal == SIGTERM || signal == SIGINT) return false;
    if (signal == SIGHUP) Reload(service, plan.read_config, log);
    if (signal == SIGUSR2 && MayHandOver(plan.relaunch, log)) return true;
    if (signal == 0) service.Maintain();
  }
}

// What the service leaves to the next program; empty: it has ended for good.
Result<std::optional<std::vector<Descriptor>>> Serve(const ServicePlan& plan, Signals& signals,
                                                     InheritedSockets& inherited) {
  const bool takes_over = inherited.PassedOn();
  TRY(const StateLock lock, LockState(plan.folder, takes_over));
  Log log(plan.config.log_level, plan.config.log_format);
  if (!takes_over) Restrict(plan.config, log);  // a filter outlives the program that made it
  TRY(const auto service, Service::Start(plan.config, plan.folder, log, inherited));
  log.Write(LogLevel::kInfo, events::kServiceReady,
            {{"pid", std::int64_t{getpid()}}, {"version", OPENIMDS_VERSION}});
  plan.ready(service->Facts());
  NotifySystemd("READY=1");
  if (ServeUntilTold(*service, plan, signals, log)) {
    NotifySystemd(Reloading());
    log.Write(LogLevel::kInfo, events::kHandingOver, {{"program", plan.relaunch.program}});
    return std::optional(service->HandOver());
  }
  NotifySystemd("STOPPING=1");
  log.Write(LogLevel::kInfo, events::kServiceStopping, {});
  service->Stop();
  log.Write(LogLevel::kInfo, events::kServiceStopped, {});
  return std::optional<std::vector<Descriptor>>();
}

}  // namespace

Result<void> RunService(const ServicePlan& plan) {
  InheritedSockets inherited = InheritedSockets::Take();
  PutPrivilegesAside();
  Signals signals;
  ForbidCoreFiles();
  RaiseFileLimit();
  TRY(auto sockets, Serve(plan, signals, inherited));
  if (!sockets) return {};
  PassOn(std::move(*sockets));
  signals.IgnoreChanges();
  signals.Unblock();
  LeavePrivileges();
  return Fail(ErrorKind::kInternal, reasons::kRelaunchRefused,
              "cannot run " + plan.relaunch.program + ": " + Execute(plan.relaunch));
}

Result<RunOperation> OpenOperations(const Config& config, const StateFolder& folder) {
  struct Local {
    Local(const Config& config, LogLevel level)
        : log(level, config.log_format), outbound(OutboundSettingsOf(config)) {}

    Log log;
    http::OutboundClient outbound;
    AuthorityGates gates;
    SystemClock clock;
    std::unique_ptr<TlsIdentity> tls;
    std::unique_ptr<Core> core;
    std::unique_ptr<CredentialRouter> credentials;
    std::unique_ptr<AdministratorFile> administrator_file;
    ExtensionsAtRest extensions;
    std::unique_ptr<arm::OperatorAccess> operator_access;
    std::unique_ptr<control::Operations> operations;
  };
  // What goes wrong is the command's own answer: its log would only say it twice.
  auto local = std::make_shared<Local>(config, LogLevel::kError);
  std::string url = "http://127.0.0.1:50343";
  std::string manager;
  for (const ListenerSettings& listener : config.listeners) {
    if (listener.protocol == ListenerProtocol::kAuthority) url = listener.Url();
    if (listener.protocol == ListenerProtocol::kArm) manager = listener.Url();
  }
  TRY(local->tls, TlsIdentity::Open(config, folder, local->clock));
  TRY(local->core, Core::Open(config, folder, url));
  local->credentials = std::make_unique<CredentialRouter>(
      local->core->registry(), local->core->authority(),
      Upstream{local->outbound, local->gates, local->core->clock(), local->log},
      config.credentials);
  local->administrator_file = std::make_unique<AdministratorFile>(folder, manager);
  local->operator_access = std::make_unique<arm::OperatorAccess>(
      arm::Workplace{local->core->registry(), local->core->authority(), local->clock, local->log,
                     local->extensions, nullptr});
  local->operations = std::make_unique<control::Operations>(control::Workplace{
      .registry = local->core->registry(),
      .authority = local->core->authority(),
      .credentials = *local->credentials,
      .clock = local->core->clock(),
      .tokens =
          [local = local.get()](const TokenRequest& request) {
            return local->credentials->Fetch(request, local->core->clock().Now());
          },
      .defaults = {config.seed.machine, config.seed.resource_group, config.seed.location},
      .service = nullptr,
      .ca_certificate = [local = local.get()] { return local->tls->ca_certificate(); },
      .attestation_ca = [local = local.get(), path = folder.attestation(),
                         name = config.attestation_name]() -> Result<std::string> {
        TRY(const auto signer, AttestationSigner::Open(path, name, local->clock));
        return signer->CaCertificate();
      },
      .keep_administrator =
          [local = local.get()](const AdministratorCredential& made) {
            return local->administrator_file->Replace(made);
          },
      .resources =
          [local = local.get()](std::string_view method, std::string_view path, std::string text,
                                std::string_view caller) {
            return local->operator_access->Ask(method, path, std::move(text), caller);
          }});
  return RunOperation([local](std::string_view name, const boost::json::object& arguments) {
    return local->operations->Run(name, arguments, "command line");
  });
}

}  // namespace openimds
