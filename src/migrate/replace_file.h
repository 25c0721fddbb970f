// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace openimds::migrate {

// Puts `content` in the place of a file, whole or not at all, whatever happens meanwhile: a reader
// sees the old text or the new one. Mode and, where we may, owner stay. Fails with
// reasons::kFileUnwritable, and with reasons::kChangedMeanwhile if the file no longer holds
// `expected`; nothing has changed then.
Result<void> ReplaceFile(const std::filesystem::path& path, std::string_view expected,
                         std::string_view content);

}  // namespace openimds::migrate
