// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <filesystem>

#include "base/result.h"

namespace openimds {

// Fails with reasons::kStateModes if anybody but its owner has any right on `path`, whose `status`
// this is; the message names the `chmod` that mends it.
Result<void> CheckPrivate(const struct stat& status, const std::filesystem::path& path);

}  // namespace openimds
