// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace openimds {

// A folder of small secret files: 0700, its files 0600, held by one owner at a time.
//
// Names are plain file names. Everything goes through the folder's descriptor, so a folder that is
// renamed or replaced meanwhile changes nothing; symbolic links are not followed.
// Failures are kStateFailed (the system said no; the message names the path and why), kStateModes
// (others may read it; the message says which `chmod` mends it) and kStateInUse.
// Moves are the owner's; the functions may be called by one thread at a time.
class PrivateFolder {
 public:
  // Makes the folder, and those above it, if there are none. The hold is an advisory lock that ends
  // with the object or the process, however that ends.
  static Result<PrivateFolder> Open(const std::filesystem::path& path);

  PrivateFolder(PrivateFolder&& other) noexcept;
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder();

  // Nothing if there is no such file; at most 1 MiB.
  Result<std::optional<Secret>> Read(const std::string& name) const;

  // The whole file or, if it fails or the machine stops, the old one. When it returns, the new one
  // survives loss of power.
  Result<void> Write(const std::string& name, std::string_view bytes);

  Result<void> Remove(const std::string& name);
  Result<std::vector<std::string>> List() const;

  const std::filesystem::path& path() const { return path_; }

 private:
  PrivateFolder(std::filesystem::path path, int descriptor);

  std::filesystem::path path_;
  int descriptor_;
};

}  // namespace openimds
