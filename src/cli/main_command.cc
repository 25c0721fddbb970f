// SPDX-License-Identifier: Apache-2.0
#include "cli/main_command.h"

#include <algorithm>
#include <ostream>

#include "base/reasons.h"
#include "cli/choice.h"
#include "cli/exit_codes.h"
#include "cli/operation_verb.h"
#include "cli/usage.h"
#include "cli/verbs.h"
#include "frontends/control/wire.h"

namespace openimds::cli {
namespace {

constexpr std::string_view kOutputNames[] = {"table", "json"};

// Whether a command line that could not be parsed asked for JSON all the same.
bool AsksForJson(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--output=json" || arguments[i] == "-ojson") return true;
    const bool option = arguments[i] == "--output" || arguments[i] == "-o";
    if (option && i + 1 < arguments.size() && arguments[i + 1] == "json") return true;
  }
  return false;
}

int Report(const Program& program, const Error& error, bool json) {
  if (json) {
    program.err << control::RenderError(error) << "\n";
  } else {
    // Several mistakes begin on lines of their own, so that editors find `file:line:column`.
    const bool several = error.message.find('\n') != std::string::npos;
    program.err << "openimds:" << (several ? "\n" : " ") << error.message << "\n";
  }
  return ExitCodeFor(error);
}

int Act(const Invocation& invocation) {
  const Result<int> code = invocation.action();
  return code ? *code : Report(invocation.program, code.error(), invocation.json);
}

}  // namespace

std::unique_ptr<CLI::App> MainCommand(Invocation& invocation) {
  auto app = std::make_unique<CLI::App>(
      "Managed-identity tokens for machines that people run themselves", "openimds");
  app->require_subcommand(1);
  app->fallthrough();  // global options are taken after the verb as well
  app->add_option("--config", invocation.config_file, "The configuration file [OPENIMDS_CONFIG]")
      ->type_name("FILE");
  app->add_option("--state-dir", invocation.state_dir, "Where the state is [OPENIMDS_STATE_DIR]")
      ->type_name("DIR");
  AddChoice<int>(*app, "-o,--output", invocation.json, kOutputNames, "Tables for people, or JSON");
  app->get_formatter()->label("SUBCOMMAND", "VERB");
  for (auto add : {AddServe, AddToken, AddEnv, AddIdentity, AddMachine, AddExtension, AddScaleSet,
                   AddEvent, AddAuthority, AddAdmin, AddRole, AddAttestation, AddCache, AddWhois,
                   AddHost, AddDeployment, AddMigrate, AddConfig, AddVersion}) {
    add(*app, invocation);
  }
  for (CLI::App* verb : app->get_subcommands([](const CLI::App*) { return true; })) {
    verb->group(kVerbs);
  }
  return app;
}

int RunCommandLine(const Program& program, std::vector<std::string> arguments) {
  Invocation invocation(program);
  const auto app = MainCommand(invocation);
  const bool json = AsksForJson(arguments);
  try {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants a vector
    app->parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app->exit(error, program.out, program.err);  // --help
    const Error usage{ErrorKind::kInvalidRequest, reasons::kArgumentInvalid,
                      ExplainUsage(*app, error)};
    const int code = Report(program, usage, json);
    if (!json) program.err << "See: openimds --help\n";
    return code;
  }
  return Act(invocation);
}

}  // namespace openimds::cli
