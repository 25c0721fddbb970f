// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "tokens/access_token.h"

namespace openimds {

// Who may share a token: all machines that have the identity, or one machine alone, because its
// token names the machine (protocol.md F.5, xms_az_rid).
enum class TokenScope { kIdentity, kMachine };

// A way to get tokens for identities: our own authority, or a real one over HTTPS. It keeps no
// tokens (TokenCache does). Every thread may call every function.
//
// How Fetch() fails says what the cache may do: kUnavailable and kThrottled are worth another try
// after `retry_after`; every other kind is final until something is changed.
class Credential {
 public:
  virtual ~Credential() = default;

  virtual TokenScope ScopeFor(const Identity& identity) const = 0;               // never blocks
  virtual Result<AccessToken> Fetch(const TokenRequest& request, Time now) = 0;  // may block
};

}  // namespace openimds
