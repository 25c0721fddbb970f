// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/result.h"
#include "cli/program.h"

namespace openimds::cli {

// Asks the service that keeps its state in `state_dir`. Fails with kNoService if none runs there.
Result<boost::json::value> AskService(const std::filesystem::path& state_dir,
                                      std::string_view operation,
                                      const boost::json::object& arguments);

// Asks the service; if none runs, does it here, on the opened store and with the state's lock, so
// that there is never a second writer. Fails with kStateInUse if the lock is held and yet no
// service answers.
Result<boost::json::value> RunAnywhere(const Program& program, const Config& config,
                                       const std::filesystem::path& state_dir,
                                       std::string_view operation,
                                       const boost::json::object& arguments);

}  // namespace openimds::cli
