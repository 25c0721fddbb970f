// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "app/config.h"
#include "app/state.h"
#include "authority/authority.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/outbound_client.h"
#include "registry/registry.h"
#include "store/store.h"

namespace openimds {

// What is kept, opened: store, registry, signing keys and the authority over them. The service has
// one, and so has a command that works without a service; whoever makes one holds the state's lock.
// Makes everything that is missing, the first time.
class Core {
 public:
  // `public_url` is where the authority is reached, if the configuration does not say.
  static Result<std::unique_ptr<Core>> Open(const Config& config, const StateFolder& folder,
                                            const std::string& public_url);

  const Clock& clock() const { return clock_; }
  Registry& registry() { return *registry_; }
  Authority& authority() { return *authority_; }

 private:
  Core() = default;

  SystemClock clock_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<KeyRing> keys_;
  std::unique_ptr<Authority> authority_;
};

http::OutboundSettings OutboundSettingsOf(const Config& config);

// The configured settings, with `public_url` where they do not say.
AuthoritySettings AuthoritySettingsOf(const Config& config, const std::string& public_url);

}  // namespace openimds
