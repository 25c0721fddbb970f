// SPDX-License-Identifier: Apache-2.0
#include "app/relaunch.h"

#include <errno.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/reasons.h"
#include "base/subprocess.h"

namespace openimds {
namespace {

tl::unexpected<Error> Refused(std::string why) {
  return Fail(ErrorKind::kConflict, reasons::kRelaunchRefused, std::move(why));
}

}  // namespace

std::string ProgramOfThisProcess() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).string();
}

Result<void> CheckRelaunch(const Relaunch& relaunch) {
  auto checked = RunSubprocess({.program = relaunch.program,
                                .arguments = relaunch.check_arguments,
                                .environment = {},
                                .time_limit = std::chrono::seconds(10)});
  if (!checked) return Refused(checked.error().message);
  if (checked->exit_status == 0) return {};
  return Refused(relaunch.program + " says no (exit code " + std::to_string(checked->exit_status) +
                 "): " + checked->errors.substr(0, 500));
}

std::string Execute(const Relaunch& relaunch) {
  std::vector<std::string> words{relaunch.program};
  words.insert(words.end(), relaunch.arguments.begin(), relaunch.arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execv(relaunch.program.c_str(), pointers.data());
  return std::strerror(errno);
}

}  // namespace openimds
