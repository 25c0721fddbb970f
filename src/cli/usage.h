// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace openimds::cli {

// What is wrong with a command line that CLI11 refused with `error`, and the nearest right word.
std::string ExplainUsage(const CLI::App& app, const CLI::ParseError& error);

}  // namespace openimds::cli
