// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/jws.h"
#include "crypto/signing_key.h"

// JSON Web Tokens (RFC 7519) as Azure signs them: RS256 and nothing else. The header is
// typ, alg, x5t, kid, all decided by the key. Every thread may call all of it.
namespace openimds {

// Signs `claims`, a JSON object as text. Fails with kSigningFailed.
Result<Secret> SignJwt(const SigningKey& key, std::string_view claims);

// A token that was read but that nobody vouches for: good for showing, never for deciding.
struct UnverifiedJwt {
  std::string kid;
  std::string header;         // JSON text
  std::string claims;         // what should be JSON text
  std::string signing_input;  // the bytes under the signature
  std::string signature;
};

// What ReadJws() demands, and: a header that says `"alg":"RS256"` (so `none` and HS256 end here)
// and a `kid`, and may say `"typ":"JWT"`. Fails with kTokenInvalid (kUnauthorized), never quoting
// the token.
Result<UnverifiedJwt> ReadJwt(std::string_view token);

// Claims that were believed: the only way to one is VerifyJwt().
class VerifiedJwt {
 public:
  const boost::json::object& claims() const { return claims_; }
  Time expires_on() const { return expires_on_; }

 private:
  friend Result<VerifiedJwt> VerifyJwt(std::string_view token, const std::vector<PublicJwk>& keys,
                                       Time now);
  VerifiedJwt(boost::json::object claims, Time expires_on)
      : claims_(std::move(claims)), expires_on_(expires_on) {}

  boost::json::object claims_;
  Time expires_on_;
};

// What ReadJwt() demands, and: the key that `kid` names is one of `keys` and made the signature;
// the claims are a JSON object; `exp` is there and later than `now`; `nbf`, if there, is not. Both
// are whole seconds, and no leeway is given. Issuer and audience are for the caller to judge.
// Fails with kTokenInvalid (kUnauthorized).
Result<VerifiedJwt> VerifyJwt(std::string_view token, const std::vector<PublicJwk>& keys, Time now);

}  // namespace openimds
