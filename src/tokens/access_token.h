// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "model/entities.h"

namespace openimds {

// What a token is asked for: this identity, on this machine, for this audience.
struct TokenRequest {
  std::shared_ptr<const Identity> identity;
  // The host; becomes xms_az_rid of a user-assigned identity's token. Null only for a client that
  // asked our authority from who knows where.
  std::shared_ptr<const Machine> machine;
  std::string resource;  // verbatim: it becomes `aud` and is never normalised
};

// A bearer token as its issuer gave it. Whole seconds.
struct AccessToken {
  Secret value;  // the JWT
  Time not_before;
  Time expires_on;
};

}  // namespace openimds
