// SPDX-License-Identifier: Apache-2.0
#include "app/core.h"

#include <utility>

#include "store/sqlite_store.h"

namespace openimds {

http::OutboundSettings OutboundSettingsOf(const Config& config) {
  http::OutboundSettings settings;
  settings.ca_file = config.upstream.ca_file;
  settings.connect_timeout = config.upstream.connect_timeout;
  settings.total_timeout = config.upstream.timeout;
  return settings;
}

AuthoritySettings AuthoritySettingsOf(const Config& config, const std::string& public_url) {
  AuthoritySettings settings = config.authority;
  if (settings.public_url.empty()) settings.public_url = public_url;
  return settings;
}

Result<std::unique_ptr<Core>> Core::Open(const Config& config, const StateFolder& folder,
                                         const std::string& public_url) {
  std::unique_ptr<Core> core(new Core);
  TRY(core->store_, SqliteStore::Open(folder.database()));
  TRY(core->registry_, Registry::Open(*core->store_, config.limits));
  TRY_VOID(core->registry_->SeedIfEmpty(config.seed));
  TRY(core->keys_, KeyRing::Open(folder.keys(), core->clock_));
  core->authority_ =
      std::make_unique<Authority>(AuthoritySettingsOf(config, public_url), *core->keys_);
  return core;
}

}  // namespace openimds
