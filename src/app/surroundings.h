// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "app/config.h"
#include "base/result.h"

namespace openimds {

// What a process finds around itself. Read once at the top and passed on, so that everything below
// can be tested with other surroundings.
struct Surroundings {
  std::map<std::string, std::string, std::less<>> environment;
  std::string host_name;

  static Surroundings OfThisProcess();

  // A variable's value; nothing if it is unset or empty.
  std::optional<std::string> Find(std::string_view variable) const;
};

// Where the state lives: what the command line says, else OPENIMDS_STATE_DIR, else the
// configuration, else the first folder that systemd made for us, else $XDG_STATE_HOME/openimds,
// else ~/.local/state/openimds. Always absolute. Fails with kConfigInvalid if nothing says.
Result<std::filesystem::path> FindStateDirectory(const std::optional<std::string>& option,
                                                 const Config& config,
                                                 const Surroundings& surroundings);

// The configuration file: what the command line says, else OPENIMDS_CONFIG, else none.
std::optional<std::string> FindConfigFile(const std::optional<std::string>& option,
                                          const Surroundings& surroundings);

}  // namespace openimds
