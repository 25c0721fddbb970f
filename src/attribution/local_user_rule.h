// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace openimds {

// Which identities a local user may ask for.
struct LocalUserRule {
  std::optional<uid_t> uid;             // none: every user
  std::vector<std::string> identities;  // names or resource ids, or `system`; empty: all
};

// `www-data` or `33`: all identities of the machine. `www-data: web, system`: these. `*` is every
// user. Looks the name up (may block). Fails with kConfigInvalid.
Result<LocalUserRule> ParseLocalUserRule(std::string_view text);

}  // namespace openimds
