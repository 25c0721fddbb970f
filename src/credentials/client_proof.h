// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "tokens/access_token.h"

namespace openimds {

// Who has to prove itself, and to whom.
struct ProofRequest {
  const TokenRequest& token;
  std::string client_id;       // at that authority
  std::string token_endpoint;  // the audience of an assertion (protocol.md F.2)
  Time now;
};

// What goes into the request for a token: parameters of the form, or an Authorization header.
struct Proof {
  std::vector<std::pair<std::string_view, Secret>> form;  // names are static storage
  std::optional<Secret> authorization;
};

// `client_assertion` and its type.
Proof AssertionProof(Secret assertion);

// A way for a client to prove itself. Make() may block and every thread may call it. It fails with
// kCredentialUnreadable or kCredentialInvalid where something on this host is wrong, never naming
// a secret.
class ClientProof {
 public:
  virtual ~ClientProof() = default;
  virtual Result<Proof> Make(const ProofRequest& request) = 0;
};

}  // namespace openimds
