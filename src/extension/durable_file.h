// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace openimds::extension {

// The whole of `bytes` under that name with that mode or, if it fails or the machine stops, what
// was there before: a temporary file beside it, synced and renamed. When it returns, the new one
// survives loss of power. The folder must exist. Fails with kStateFailed, naming the path and why.
Result<void> WriteDurably(const std::filesystem::path& path, std::string_view bytes, mode_t mode);

// A plain file of at most `limit` bytes that nobody but its owner may change; a symbolic link is
// followed. Fails with kStateFailed (kNotFound if there is no such file) or kStateModes.
Result<std::string> ReadGuardedFile(const std::filesystem::path& path, std::size_t limit);

}  // namespace openimds::extension
