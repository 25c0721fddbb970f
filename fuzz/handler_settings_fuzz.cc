// SPDX-License-Identifier: Apache-2.0
// The settings of any agent: what is understood is either refused or becomes settings that the
// daemon reads, with nothing in them that only the handler may decide.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "extension/handler/daemon_plan.h"
#include "extension/handler/handler_settings.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace openimds::extension;  // NOLINT(google-build-using-namespace): one function
  const auto settings =
      ParseHandlerSettings(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!settings) return 0;
  PlanPlaces places;
  places.environment.package_folder = "/nowhere/agent/P.T-1.0";
  places.environment.log_folder = "/nowhere/log";
  places.credential_file = "/nowhere/credential.pem";
  const auto plan = PlanDaemon(*settings, places, openimds::FromUnixSeconds(1'764'000'000));
  if (!plan) return 0;
  Require(plan->settings.state_dir == "/nowhere/managed-identity-extension");
  Require(plan->settings.package_dir == "/nowhere/agent/P.T-1.0");
  Require(plan->settings.log_dir == "/nowhere/log");
  const auto again = ParseDaemonSettings(RenderDaemonSettings(plan->settings));
  Require(again.has_value() && again->port == plan->settings.port);
  return 0;
}
