// SPDX-License-Identifier: Apache-2.0
#include <ostream>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cli/banner.h"
#include "cli/exit_codes.h"
#include "cli/verbs.h"

namespace openimds::cli {
namespace {

std::string ReadyLine(const control::ServiceFacts& facts) {
  boost::json::object line{{"event", "ready"}};
  for (const auto& member : control::ToJson(facts)) line.insert(member);
  return boost::json::serialize(line) + "\n";
}

Result<int> Serve(const Invocation& invocation) {
  const Program& program = invocation.program;
  ServeRequest request;
  TRY(request.config, invocation.ReadConfig());
  TRY(request.state_dir, invocation.FindState(request.config));
  request.read_config = [&invocation] { return invocation.ReadConfig(); };
  request.check_arguments =
      invocation.config_file ? std::vector<std::string>{"config", "check", *invocation.config_file}
                             : std::vector<std::string>{"version"};
  request.ready = [&program, json = invocation.json](const control::ServiceFacts& facts) {
    program.out << (json ? ReadyLine(facts) : RenderBanner(facts, program.surroundings))
                << std::flush;
  };
  return program.serve(request);
}

}  // namespace

void AddServe(CLI::App& app, Invocation& invocation) {
  app.add_subcommand("serve", "Run the service until SIGTERM or SIGINT")->callback([&invocation] {
    invocation.action = [&invocation] { return Serve(invocation); };
  });
}

}  // namespace openimds::cli
