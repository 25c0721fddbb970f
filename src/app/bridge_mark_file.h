// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>

#include "base/guid.h"

namespace openimds {

// Which mark stands for which attachment. Connections that wait while one program takes another's
// place carry the marks of the first.
using MarkOfAttachment = std::map<Guid, std::uint32_t>;

// What cannot be written is not left half: then those who wait are nobody's, and are refused.
void WriteBridgeMarks(const std::filesystem::path& file, const MarkOfAttachment& marks);

// Reads them, and takes the file away: marks hold for one change of programs. None if there is no
// file, or if it says anything else.
MarkOfAttachment TakeBridgeMarks(const std::filesystem::path& file);

}  // namespace openimds
