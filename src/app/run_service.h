// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "app/config.h"
#include "app/relaunch.h"
#include "app/state.h"
#include "base/result.h"
#include "frontends/control/documents.h"
#include "frontends/control/operations.h"

namespace openimds {

struct ServicePlan {
  const Config& config;
  const StateFolder& folder;
  // Reads the configuration again, as at the start.
  std::function<Result<Config>()> read_config;
  // To be called once, when every address listens and requests are answered.
  std::function<void(const control::ServiceFacts&)> ready;
  Relaunch relaunch;
};

// Runs the service until SIGTERM or SIGINT; SIGHUP reads the configuration again. SIGUSR2 lets
// `relaunch` take its place in this very process, with the same listening sockets: no request is
// lost. A program that says that it could not start is refused, and this one goes on.
// Systemd is told of all that, where it waits.
// Must be called before other threads exist: they inherit the blocked signals. Leaves no core file.
Result<void> RunService(const ServicePlan& plan);

// The operations on a store that no service has open. The caller holds the folder's lock for as
// long as it keeps the function.
using RunOperation = std::function<Result<boost::json::value>(
    std::string_view name, const boost::json::object& arguments)>;
Result<RunOperation> OpenOperations(const Config& config, const StateFolder& folder);

}  // namespace openimds
