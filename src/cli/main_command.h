// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/invocation.h"
#include "cli/program.h"

namespace openimds::cli {

// The whole command line with all verbs; parsing fills `invocation`, which must outlive it.
std::unique_ptr<CLI::App> MainCommand(Invocation& invocation);

// Runs one command line (without the program's name) and returns the exit code. Answers go to
// program.out, refusals to program.err: as `openimds: …`, or with `--output json` as
// `{"error":{"code","message"}}`.
int RunCommandLine(const Program& program, std::vector<std::string> arguments);

}  // namespace openimds::cli
