// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "app/config.h"
#include "app/state.h"
#include "app/surroundings.h"
#include "base/result.h"
#include "frontends/control/documents.h"

namespace openimds::cli {

// Runs one operation by name; owns all that it needs, and gives it back when it is destroyed.
using RunOperation = std::function<Result<boost::json::value>(
    std::string_view name, const boost::json::object& arguments)>;

struct ServeRequest {
  Config config;
  std::filesystem::path state_dir;
  // Reads the configuration again, as at the start (for SIGHUP).
  std::function<Result<Config>()> read_config;
  // To be called once, when every address listens and requests are answered.
  std::function<void(const control::ServiceFacts&)> ready;
  // Arguments for this program, which say whether it could start (for SIGUSR2).
  std::vector<std::string> check_arguments;
};

// What the command line needs from the rest of the program. main() makes it; tests make others.
struct Program {
  Surroundings surroundings;
  std::ostream& out;
  std::ostream& err;
  // Runs the service until it is told to stop; returns the exit code.
  std::function<Result<int>(const ServeRequest&)> serve;
  // The operations on the store of this folder, for a command that found no service running. The
  // caller holds the folder's lock for as long as it keeps the function.
  std::function<Result<RunOperation>(const Config&, const StateFolder&)> open_locally;
};

}  // namespace openimds::cli
