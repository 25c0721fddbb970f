// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "app/config.h"
#include "base/result.h"
#include "cli/program.h"

namespace openimds::cli {

// One run of the command line: the global options, and the verb that was chosen. The parser fills
// it; then `action` is run, once.
struct Invocation {
  explicit Invocation(const Program& of) : program(of) {}

  const Program& program;
  std::optional<std::string> config_file;
  std::optional<std::string> state_dir;
  bool json = false;
  std::function<Result<int>()> action;  // returns the exit code

  // The configuration that was named, else the defaults; the seed's machine is always filled in.
  Result<Config> ReadConfig() const;
  Result<std::filesystem::path> FindState(const Config& config) const;

  // In the service, or here if none runs.
  Result<boost::json::value> Run(std::string_view operation,
                                 const boost::json::object& arguments) const;

  // As JSON if that was asked for, else as `table` words it.
  void Print(const boost::json::value& answer,
             std::string (*table)(const boost::json::value&)) const;
};

}  // namespace openimds::cli
