// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "app/state.h"
#include "base/clock.h"
#include "base/result.h"
#include "registry/administrators.h"
#include "registry/registry.h"
#include "telemetry/log.h"

namespace openimds {

// The first administrator's credential, for whoever may read the state folder: `admin/admin.json`,
// 0600, with tenant, client id, secret and the resource manager's URL.
class AdministratorFile {
 public:
  // `url` is that of the resource manager; empty if there is none.
  AdministratorFile(const StateFolder& folder, std::string url)
      : folder_(folder.admin()), url_(std::move(url)) {}

  // Makes the administrator `admin`, Owner of everything, if there is no administrator at all.
  // The file is written first: there is never an administrator whose secret nobody knows.
  Result<void> MakeFirst(Registry& registry, Time now, Log& log) const;

  // A credential in place of the one that the file holds, if it is the same administrator's.
  Result<void> Replace(const AdministratorCredential& credential) const;

 private:
  Result<void> Write(const AdministratorCredential& credential) const;

  const std::filesystem::path folder_;
  const std::string url_;
};

}  // namespace openimds
