// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "tokens/access_token.h"

namespace openimds {

// A way to get tokens for identities: our own authority, or a real one over HTTPS.
// Fetch() may block and every thread may call it; it keeps no cache (TokenCache does).
class Credential {
 public:
  virtual ~Credential() = default;
  virtual Result<AccessToken> Fetch(const TokenRequest& request, Time now) = 0;
};

}  // namespace openimds
