// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/result.h"

namespace openimds {

inline constexpr std::size_t kMaxJwtBytes = 16 * 1024;

// A signed JSON text in compact form (RFC 7515), taken apart and believed in nothing. What signs it
// and of which type it must be is for the reader of its kind: jwt.h, assertion.h.
struct JwsParts {
  std::string header_text;
  boost::json::object header;
  std::string payload;
  std::string signing_input;  // the bytes under the signature
  std::string signature;
};

// At most kMaxJwtBytes, three parts of strict base64url, a JSON object as header that asks for no
// extension by `crit` or `b64`. Fails with kTokenInvalid (kUnauthorized), never quoting the text.
// Every thread may call it.
Result<JwsParts> ReadJws(std::string_view text);

// The refusal of a token, in the same words everywhere.
tl::unexpected<Error> InvalidToken(std::string message);

}  // namespace openimds
