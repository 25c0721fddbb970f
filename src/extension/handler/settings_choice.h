// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace openimds::extension {

// Which of the agent's `N.settings` counts now.
struct SettingsChoice {
  std::uint64_t sequence = 0;
  std::filesystem::path file;  // empty: the agent has written none
  bool said_by_agent = false;  // by ConfigSequenceNumber; agents before 2.2.43 say nothing
};

// The number that the agent says, if it says one that is a number. Else the file that was written
// last (numbers also go backwards), of two written at once the one with the higher number; with no
// file at all, number 0. Fails with kHandlerSettings if the agent names a number whose file is
// missing while others are there, and with kStateFailed if the folder cannot be read.
Result<SettingsChoice> ChooseSettings(const std::filesystem::path& config_folder,
                                      std::optional<std::string_view> config_sequence_number);

// The highest N of the files `N` + `extension` in a folder; nothing if there is none.
std::optional<std::uint64_t> HighestNumber(const std::filesystem::path& folder,
                                           std::string_view extension);

}  // namespace openimds::extension
