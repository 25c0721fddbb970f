// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "base/result.h"

namespace openimds::extension {

// What an agent wrote as JSON: a byte-order mark before it and space around it are no matter,
// nesting of more than 32 is. The unexpected text says what is wrong, quoting nothing.
tl::expected<boost::json::value, std::string> ParseAgentJson(std::string_view text);

// A file of the agent or of the handler, of at most 1 MiB; fails as ReadGuardedFile().
Result<std::string> ReadAgentFile(const std::filesystem::path& path);

}  // namespace openimds::extension
