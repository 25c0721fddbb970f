// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "migrate/report.h"

// What `openimds migrate` says to people. Pure.
namespace openimds::cli {

// A table of the findings, what each rule that found something means, and the sum.
std::string ScanText(const migrate::ScanReport& report);

// After `--write`: one line for each file.
std::string WrittenText(const std::vector<migrate::FileReport>& files);

// What is left for people; empty if nothing is.
std::string LeftOverText(const migrate::ScanReport& left);

// A path as a patch has it: never absolute.
std::string DiffPath(const std::string& path);

}  // namespace openimds::cli
