// SPDX-License-Identifier: Apache-2.0
#include "cli/invocation.h"

#include <ostream>

#include "cli/remote.h"
#include "cli/render.h"
#include "registry/seed.h"

namespace openimds::cli {

Result<Config> Invocation::ReadConfig() const {
  Config config;
  if (const auto file = FindConfigFile(config_file, program.surroundings)) {
    TRY(config, LoadConfig(*file));
  }
  if (config.seed.machine.empty()) {
    config.seed.machine = NameForHost(program.surroundings.host_name);
  }
  return config;
}

Result<std::filesystem::path> Invocation::FindState(const Config& config) const {
  return FindStateDirectory(state_dir, config, program.surroundings);
}

Result<boost::json::value> Invocation::Run(std::string_view operation,
                                           const boost::json::object& arguments) const {
  TRY(const Config config, ReadConfig());
  TRY(const std::filesystem::path state, FindState(config));
  return RunAnywhere(program, config, state, operation, arguments);
}

void Invocation::Print(const boost::json::value& answer,
                       std::string (*table)(const boost::json::value&)) const {
  program.out << (json ? RenderJson(answer) : table(answer));
}

}  // namespace openimds::cli
