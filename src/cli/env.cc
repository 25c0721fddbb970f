// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include <boost/json/object.hpp>

#include "base/reasons.h"
#include "cli/choice.h"
#include "cli/endpoints.h"
#include "cli/env_block.h"
#include "cli/exit_codes.h"
#include "cli/remote.h"
#include "cli/render.h"
#include "cli/verbs.h"

namespace openimds::cli {
namespace {

struct EnvOptions {
  std::optional<Shell> shell;
  std::optional<Sdk> sdk;
};

// A running service knows best; else what it would do by the configuration.
Result<Endpoints> FindEndpoints(const Invocation& invocation) {
  TRY(const Config config, invocation.ReadConfig());
  TRY(const std::filesystem::path state, invocation.FindState(config));
  const auto service = AskService(state, "service.show", {});
  if (service) return EndpointsOf(*service);
  if (service.error().reason == reasons::kNoService) return EndpointsOf(config);
  return tl::unexpected<Error>(service.error());
}

Shell ShellOf(const Surroundings& surroundings) {
  return surroundings.Find("SHELL").value_or("").ends_with("/fish") ? Shell::kFish : Shell::kBash;
}

Result<int> PrintBlock(const Invocation& invocation, const EnvOptions& options) {
  const Program& program = invocation.program;
  TRY(const Endpoints endpoints, FindEndpoints(invocation));
  TRY(const EnvironmentBlock block, BlockFor(options.sdk, endpoints, program.surroundings));
  if (invocation.json) {
    boost::json::object variables;
    for (const auto& [name, value] : block.variables) variables[name] = value;
    program.out << RenderJson(variables);
  } else {
    program.out << RenderBlock(block, options.shell.value_or(ShellOf(program.surroundings)));
  }
  return kDone;
}

}  // namespace

void AddEnv(CLI::App& app, Invocation& invocation) {
  CLI::App* verb = app.add_subcommand("env", "Environment variables that point clients here");
  auto options = std::make_shared<EnvOptions>();
  AddChoice<Shell>(*verb, "--shell", options->shell, kShellNames,
                   "How to write them; else as $SHELL takes it");
  AddChoice<Sdk>(*verb, "--sdk", options->sdk, kSdkNames, "For which clients");
  verb->callback([&invocation, options] {
    invocation.action = [&invocation, options] { return PrintBlock(invocation, *options); };
  });
}

}  // namespace openimds::cli
