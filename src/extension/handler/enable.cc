// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/enable.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "base/reasons.h"
#include "extension/daemon_settings.h"
#include "extension/daemon_status.h"
#include "extension/durable_file.h"
#include "extension/handler/agent_json.h"
#include "extension/handler/daemon_plan.h"
#include "extension/handler/discovery_file.h"
#include "extension/handler/handler_settings.h"

namespace openimds::extension {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kDaemonStep{20};
constexpr milliseconds kTokenStep{500};
constexpr std::chrono::seconds kGrace{5};

Result<DaemonPlan> MakePlan(const SettingsChoice& choice, const ServiceFolder& folder,
                            const EnableParts& parts) {
  std::string text;
  if (!choice.file.empty()) {
    TRY(text, ReadAgentFile(choice.file));
  }
  TRY(const HandlerSettings settings, ParseHandlerSettings(text));
  const auto before = ReadDaemonSettings(folder.settings());
  return PlanDaemon(settings,
                    {.environment = parts.environment,
                     .credential_file = folder.credential(),
                     .generation = before ? before->generation + 1 : 1},
                    parts.clock.Now());
}

// The credential first: settings that name it may be read from then on.
Result<void> WritePlan(const DaemonPlan& plan, const ServiceFolder& folder,
                       const AppliedSettings& applied) {
  if (plan.credential) {
    TRY_VOID(WriteDurably(folder.credential(), plan.credential->RevealSecret(), 0600));
  }
  TRY_VOID(folder.WriteApplied(applied));
  return WriteDaemonSettings(plan.settings, folder.settings());
}

bool Serves(const DaemonStatus& status, const DaemonPlan& plan, const ServiceFolder& folder) {
  return status.serving && status.generation == plan.settings.generation &&
         LifeLock(folder.daemon_lock()).Holder() == status.pid;
}

// What was said before the settings were written is about others.
bool IsAboutOurs(const DaemonPlan& plan, const ServiceFolder& folder) {
  std::error_code missing;
  const auto said = std::filesystem::last_write_time(StatusFile(plan.settings.state_dir), missing);
  const auto written = std::filesystem::last_write_time(folder.settings(), missing);
  return !missing && said >= written;
}

// The daemon says itself what it serves, so that nobody else on the port is taken for it. One that
// cannot serve gets a moment: a daemon before it may be about to leave the port.
Result<void> AwaitDaemon(const DaemonPlan& plan, const ServiceFolder& folder,
                         const EnableParts& parts) {
  const SteadyTime begin = parts.clock.SteadyNow();
  std::string why = "see guard.log in '" + parts.environment.log_folder.string() + "'";
  SteadyTime end = begin + parts.daemon_patience;
  while (parts.clock.SteadyNow() < end) {
    const auto status = ReadDaemonStatus(plan.settings.state_dir);
    if (status && Serves(*status, plan, folder)) return {};
    if (status && !status->message.empty() && IsAboutOurs(plan, folder)) {
      why = status->message;
      end = std::min(end, begin + kGrace);
    }
    parts.pause(kDaemonStep);
  }
  return Fail(ErrorKind::kUnavailable, reasons::kHandlerDaemon,
              "the daemon does not serve port " + std::to_string(plan.settings.port) + ": " + why);
}

bool MayPass(EndpointAnswer answer) {
  return answer == EndpointAnswer::kLater || answer == EndpointAnswer::kSilent;
}

// By way of the discovery file, as old programs find the endpoint.
Result<HandlerStatus> AwaitToken(AppliedSettings applied, const EnableParts& parts) {
  TRY(applied.port, ReadDiscovery(parts.environment.agent_folder()));
  const SteadyTime end = parts.clock.SteadyNow() + parts.token_patience;
  EndpointProbe probe = parts.ask(applied);
  while (MayPass(probe.answer) && parts.clock.SteadyNow() < end) {
    parts.pause(kTokenStep);
    probe = parts.ask(applied);
  }
  return StatusOf(probe, applied);
}

Result<HandlerStatus> AwaitSuccess(const DaemonPlan& plan, const ServiceFolder& folder,
                                   const AppliedSettings& applied, const EnableParts& parts) {
  TRY_VOID(AwaitDaemon(plan, folder, parts));
  TRY_VOID(WriteDiscovery(parts.environment.agent_folder(), plan.settings.port));
  return AwaitToken(applied, parts);
}

AppliedSettings ToApply(const DaemonPlan& plan, const SettingsChoice& choice,
                        const EnableParts& parts) {
  AppliedSettings applied;
  applied.sequences = SequencesFor(choice, parts.environment);
  applied.port = plan.settings.port;
  applied.token_target = plan.token_target;
  applied.bridge = plan.settings.mode == DaemonMode::kImds;
  applied.parts = plan.parts;
  return applied;
}

}  // namespace

std::vector<std::uint64_t> SequencesFor(const SettingsChoice& choice,
                                        const HandlerEnvironment& environment) {
  std::vector<std::uint64_t> sequences{choice.sequence};
  if (choice.said_by_agent) return sequences;
  const auto highest = HighestNumber(environment.status_folder, ".status");
  if (highest && *highest > choice.sequence) sequences.push_back(*highest);
  return sequences;
}

Result<HandlerStatus> Enable(const SettingsChoice& choice, const EnableParts& parts) {
  const ServiceFolder folder(parts.environment.package_folder);
  TRY_VOID(folder.Make());
  TRY(const DaemonPlan plan, MakePlan(choice, folder, parts));
  AppliedSettings applied = ToApply(plan, choice, parts);
  TRY_VOID(WritePlan(plan, folder, applied));
  TRY_VOID(parts.keeper.Keep());
  auto status = AwaitSuccess(plan, folder, applied, parts);
  if (status && status->kind == StatusKind::kSuccess) return status;
  applied.waiting = true;
  TRY_VOID(folder.WriteApplied(applied));
  TRY_VOID(parts.keeper.Keep());
  return status;
}

}  // namespace openimds::extension
