// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/authority.h"
#include "tokens/credential.h"

namespace openimds {

// Tokens from our own authority, signed in this process. `authority` must outlive it.
class EmbeddedCredential final : public Credential {
 public:
  explicit EmbeddedCredential(const Authority& authority) : authority_(authority) {}

  TokenScope ScopeFor(const Identity& identity) const override {
    return identity.kind == IdentityKind::kSystemAssigned ? TokenScope::kIdentity
                                                          : TokenScope::kMachine;
  }

  Result<AccessToken> Fetch(const TokenRequest& request, Time now) override {
    return authority_.Mint(request, now);
  }

 private:
  const Authority& authority_;
};

}  // namespace openimds
