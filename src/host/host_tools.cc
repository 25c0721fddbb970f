// SPDX-License-Identifier: Apache-2.0
#include "host/host_tools.h"

#include <chrono>

#include "base/reasons.h"
#include "base/subprocess.h"
#include "base/text.h"

namespace openimds {
namespace {

Result<std::string> Run(const std::vector<std::string>& command, const std::string& input) {
  SubprocessRequest request;
  request.program = command.front();
  request.arguments.assign(command.begin() + 1, command.end());
  request.environment = {{"LC_ALL", "C"}};
  request.time_limit = std::chrono::seconds{10};
  request.max_output = 16 << 20;
  request.input = input;
  auto result = RunSubprocess(request);
  const auto failed = [&](const std::string& why) {
    return Fail(ErrorKind::kUnavailable, reasons::kHostNotReady,
                "'" + command.front() + "' " + why);
  };
  if (!result) return failed("could not be run: " + result.error().message);
  if (result->exit_status != 0) {
    return failed("ended with status " + std::to_string(result->exit_status) + ": " +
                  std::string(TrimSpace(result->errors.substr(0, result->errors.find('\n')))));
  }
  return std::string(result->output.RevealSecret());
}

}  // namespace

Result<std::string> RunHostTool(const std::vector<std::string>& command) {
  return Run(command, std::string());
}

Result<void> RunHostCommands(const std::vector<HostCommand>& commands) {
  for (const HostCommand& command : commands) TRY_VOID(Run(command.words, command.input));
  return {};
}

}  // namespace openimds
