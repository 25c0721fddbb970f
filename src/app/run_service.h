// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "app/config.h"
#include "app/state.h"
#include "base/result.h"
#include "frontends/control/documents.h"
#include "frontends/control/operations.h"

namespace openimds {

// Runs the service until SIGTERM or SIGINT; SIGHUP reads the configuration again. Calls `ready`
// once, when every address listens and requests are answered (and tells systemd, where it waits).
// Must be called before other threads exist: they inherit the blocked signals. Leaves no core file.
Result<void> RunService(const Config& config, const StateFolder& folder,
                        const std::function<Result<Config>()>& read_config,
                        const std::function<void(const control::ServiceFacts&)>& ready);

// The operations on a store that no service has open. The caller holds the folder's lock for as
// long as it keeps the function.
using RunOperation = std::function<Result<boost::json::value>(
    std::string_view name, const boost::json::object& arguments)>;
Result<RunOperation> OpenOperations(const Config& config, const StateFolder& folder);

}  // namespace openimds
