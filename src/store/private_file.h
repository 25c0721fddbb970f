// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/result.h"

namespace openimds {

// Makes sure that `path` is a file that only its owner may touch, in a folder of the same sort:
// makes it (0600), and the folder (0700) if only that is missing; both survive loss of power.
//
// Fails with reasons::kStateModes if either exists and is open to others, with the `chmod` that
// mends it in the message (nothing is mended quietly: what was open may have been read), and with
// reasons::kStateFailed if either cannot be made.
Result<void> EnsurePrivateFile(const std::filesystem::path& path);

}  // namespace openimds
