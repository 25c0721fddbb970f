// SPDX-License-Identifier: Apache-2.0
#include "cli/remote.h"

#include <chrono>
#include <string>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/reasons.h"
#include "frontends/control/wire.h"
#include "http/client.h"

namespace openimds::cli {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kAnswerTimeout{30};
// A deployment takes as long as its resources do.
constexpr std::chrono::minutes kDeploymentTimeout{30};

std::chrono::seconds TimeoutOf(std::string_view operation) {
  return operation == "deployment.create" ? kDeploymentTimeout : kAnswerTimeout;
}

std::filesystem::path ControlSocketIn(const std::filesystem::path& state_dir) {
  return state_dir / "control.sock";
}

}  // namespace

Result<json::value> AskService(const std::filesystem::path& state_dir, std::string_view operation,
                               const json::object& arguments) {
  const std::string socket = ControlSocketIn(state_dir).string();
  TRY(const http::ClientResponse response,
      http::CallUnixSocket(socket, "POST",
                           std::string(control::kOperationsPath) + std::string(operation),
                           json::serialize(arguments), TimeoutOf(operation)));
  if (response.status != 200) {
    return tl::unexpected<Error>(
        control::ReadError(static_cast<int>(response.status), response.body));
  }
  json::error_code failure;
  json::value answer = json::parse(response.body, failure);
  if (!failure) return answer;
  return Fail(ErrorKind::kUnavailable, reasons::kNoService,
              "expected JSON from the service at " + socket + ", got something else");
}

Result<json::value> RunAnywhere(const Program& program, const Config& config,
                                const std::filesystem::path& state_dir, std::string_view operation,
                                const json::object& arguments) {
  auto answer = AskService(state_dir, operation, arguments);
  if (answer || answer.error().reason != reasons::kNoService) return answer;
  TRY(const StateFolder folder, StateFolder::Open(state_dir));
  auto lock = folder.TryLock();
  if (!lock && lock.error().reason == reasons::kStateInUse) {
    return Fail(lock.error().kind, lock.error().reason,
                lock.error().message + ", but " + answer.error().message);
  }
  if (!lock) return tl::unexpected<Error>(std::move(lock.error()));
  TRY(const RunOperation run, program.open_locally(config, folder));
  return run(operation, arguments);
}

}  // namespace openimds::cli
