// SPDX-License-Identifier: Apache-2.0
#include "attribution/local_user_rule.h"

#include <pwd.h>

#include <array>

#include "base/reasons.h"
#include "base/text.h"

namespace openimds {
namespace {

constexpr std::uint64_t kNoUser = 0xffffffffULL;  // what chown() takes for "leave it"

std::optional<uid_t> FindUser(const std::string& name) {
  if (const auto number = ParseDecimal(name)) {
    if (*number >= kNoUser) return std::nullopt;
    return static_cast<uid_t>(*number);
  }
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 16 * 1024> buffer{};
  getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (!found) return std::nullopt;
  return entry.pw_uid;
}

tl::unexpected<Error> NoRule(std::string_view text) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kConfigInvalid,
              "expected a user of this host, with identities as in \"www-data: web, system\" or "
              "without, got '" +
                  std::string(text.substr(0, 120)) + "'");
}

}  // namespace

Result<LocalUserRule> ParseLocalUserRule(std::string_view text) {
  LocalUserRule rule;
  const std::size_t colon = text.find(':');
  const std::string user(TrimSpace(text.substr(0, colon)));
  if (user != "*") {
    rule.uid = FindUser(user);
    if (!rule.uid) return NoRule(text);
  }
  if (colon == std::string_view::npos) return rule;
  for (const std::string_view part : Split(text.substr(colon + 1), ',')) {
    const std::string_view name = TrimSpace(part);
    if (name.empty()) return NoRule(text);
    rule.identities.emplace_back(name);
  }
  return rule;
}

}  // namespace openimds
