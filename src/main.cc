// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <string>
#include <vector>

#include "app/run_service.h"
#include "app/state.h"
#include "app/surroundings.h"
#include "cli/main_command.h"

int main(int argc, char** argv) {
  using namespace openimds;  // NOLINT(google-build-using-namespace): the program's own top
  const std::vector<std::string> arguments{argv + 1, argv + argc};
  const cli::Program program{
      .surroundings = Surroundings::OfThisProcess(),
      .out = std::cout,
      .err = std::cerr,
      .serve = [&](const cli::ServeRequest& request) -> Result<int> {
        TRY(const StateFolder folder, StateFolder::Open(request.state_dir));
        TRY_VOID(RunService({.config = request.config,
                             .folder = folder,
                             .read_config = request.read_config,
                             .ready = request.ready,
                             .relaunch = {.program = ProgramOfThisProcess(),
                                          .arguments = arguments,
                                          .check_arguments = request.check_arguments}}));
        return 0;
      },
      .open_locally = OpenOperations};
  return cli::RunCommandLine(program, arguments);
}
