// SPDX-License-Identifier: Apache-2.0
#include "app/surroundings.h"

#include <limits.h>
#include <unistd.h>

#include "base/reasons.h"
#include "base/text.h"

namespace openimds {
namespace {

std::optional<std::filesystem::path> HomeState(const Surroundings& surroundings) {
  // The XDG rule: a path that is not absolute is as good as none.
  const auto xdg = surroundings.Find("XDG_STATE_HOME");
  if (xdg && xdg->front() == '/') return std::filesystem::path(*xdg) / "openimds";
  const auto home = surroundings.Find("HOME");
  if (home && home->front() == '/') {
    return std::filesystem::path(*home) / ".local" / "state" / "openimds";
  }
  return std::nullopt;
}

}  // namespace

Surroundings Surroundings::OfThisProcess() {
  Surroundings surroundings;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    surroundings.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  char name[HOST_NAME_MAX + 1] = {};
  if (gethostname(name, HOST_NAME_MAX) == 0) surroundings.host_name = name;
  return surroundings;
}

std::optional<std::string> Surroundings::Find(std::string_view variable) const {
  const auto found = environment.find(variable);
  if (found == environment.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

Result<std::filesystem::path> FindStateDirectory(const std::optional<std::string>& option,
                                                 const Config& config,
                                                 const Surroundings& surroundings) {
  if (option && !option->empty()) return std::filesystem::absolute(*option);
  if (const auto variable = surroundings.Find("OPENIMDS_STATE_DIR")) {
    return std::filesystem::absolute(*variable);
  }
  if (config.state_dir) return *config.state_dir;
  if (const auto systemd = surroundings.Find("STATE_DIRECTORY")) {
    const std::string_view first = Split(*systemd, ':').front();
    if (!first.empty() && first.front() == '/') return std::filesystem::path(first);
  }
  if (auto home = HomeState(surroundings)) return *std::move(home);
  return Fail(
      ErrorKind::kInvalidRequest, reasons::kConfigInvalid,
      "no place for the state: expected --state-dir, OPENIMDS_STATE_DIR, [state] dir in the "
      "configuration, XDG_STATE_HOME or HOME");
}

std::optional<std::string> FindConfigFile(const std::optional<std::string>& option,
                                          const Surroundings& surroundings) {
  return option ? option : surroundings.Find("OPENIMDS_CONFIG");
}

}  // namespace openimds
