// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace openimds::extension {

// Where things are, as the agent says it in `HandlerEnvironment.json`.
struct HandlerEnvironment {
  std::string name;                      // "Publisher.Type"; empty if the agent did not say
  std::filesystem::path package_folder;  // holds HandlerEnvironment.json; gone when we are
  std::filesystem::path config_folder;
  std::filesystem::path status_folder;
  std::filesystem::path log_folder;
  std::filesystem::path heartbeat_file;

  // Where the agent keeps certificates and programs look for the discovery file.
  std::filesystem::path agent_folder() const { return package_folder.parent_path(); }
};

// The file of any agent from 2.0 on: an array with one object (or that object alone), perhaps with
// names that we do not know. Configuration and status folder must be said; the rest has the
// defaults that agents share. Fails with kHandlerEnvironment (kInvalidRequest). Pure.
Result<HandlerEnvironment> ParseHandlerEnvironment(std::string_view text,
                                                   const std::filesystem::path& package_folder);

// Looks for the file in `program_folder`, then one folder above it. Fails with kHandlerEnvironment:
// kNotFound if it is in neither.
Result<HandlerEnvironment> FindHandlerEnvironment(const std::filesystem::path& program_folder);

}  // namespace openimds::extension
