// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "extension/handler/handler_command.h"
#include "extension/run_daemon.h"

// The guest's one program. No command-line library: the agent's commands and the unit are all that
// ever call it.
namespace openimds::extension {
namespace {

constexpr int kFailed = 1;
constexpr int kBadUsage = 2;

constexpr char kUsage[] =
    "managed-identity-extension run --settings FILE   serve the endpoint in the foreground\n"
    "managed-identity-extension install|enable|update|disable|uninstall|reset\n"
    "                                                what a guest's agent asks of a handler\n"
    "managed-identity-extension guard                keep the endpoint running; `enable` starts "
    "it\n"
    "managed-identity-extension version\n"
    "managed-identity-extension help\n";

int Run(const std::vector<std::string_view>& arguments) {
  if (arguments.size() != 3 || arguments[1] != "--settings" || arguments[2].empty()) {
    std::fputs("run: expected --settings FILE\n", stderr);
    return kBadUsage;
  }
  const auto ended = RunDaemon(arguments[2]);
  if (ended) return 0;
  std::fprintf(stderr, "run: %s: %s\n", std::string(ended.error().reason).c_str(),
               ended.error().message.c_str());
  return kFailed;
}

std::optional<std::string> Variable(const char* name) {
  const char* const value = getenv(name);
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

int Handle(std::string_view verb) {
  const SystemClock clock;
  std::error_code unknown;
  return RunHandlerVerb(verb, {.program = std::filesystem::read_symlink("/proc/self/exe", unknown),
                               .variable = Variable,
                               .clock = clock,
                               .out = std::cout,
                               .err = std::cerr});
}

int Main(const std::vector<std::string_view>& arguments) {
  // The distribution's file is written for its own OpenSSL, and may name plug-ins that ours must
  // not load.
  setenv("OPENSSL_CONF", "/dev/null", 1);
  const std::string_view verb = arguments.empty() ? "help" : arguments.front();
  if (verb == "run") return Run(arguments);
  if (IsHandlerVerb(verb)) return Handle(verb);
  if (verb == "version") {
    std::puts("managed-identity-extension " OPENIMDS_VERSION);
    return 0;
  }
  const bool asked = verb == "help" || verb == "--help" || verb == "-h";
  std::fputs(kUsage, asked ? stdout : stderr);
  return asked ? 0 : kBadUsage;
}

}  // namespace
}  // namespace openimds::extension

int main(int argc, char** argv) { return openimds::extension::Main({argv + 1, argv + argc}); }
