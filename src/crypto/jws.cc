// SPDX-License-Identifier: Apache-2.0
#include "crypto/jws.h"

#include <utility>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/json_object.h"

namespace openimds {

tl::unexpected<Error> InvalidToken(std::string message) {
  return Fail(ErrorKind::kUnauthorized, reasons::kTokenInvalid, std::move(message));
}

Result<JwsParts> ReadJws(std::string_view text) {
  if (text.size() > kMaxJwtBytes) return InvalidToken("expected a token of at most 16 KiB");
  const auto parts = Split(text, '.');
  if (parts.size() != 3) {
    return InvalidToken("expected a token of three parts with dots between them");
  }
  JwsParts jws;
  if (!Base64UrlDecode(parts[0], &jws.header_text) || !Base64UrlDecode(parts[1], &jws.payload) ||
      !Base64UrlDecode(parts[2], &jws.signature)) {
    return InvalidToken("expected each part of the token to be base64url without padding");
  }
  auto header = ParseJsonObject(jws.header_text);
  if (!header) return InvalidToken("the token's header cannot be read: " + header.error());
  jws.header = *std::move(header);
  // RFC 7515, section 4.1.11: extensions that are not understood are refused; we have none.
  if (jws.header.contains("crit") || jws.header.contains("b64")) {
    return InvalidToken("the token's header asks for an extension");
  }
  jws.signing_input = text.substr(0, parts[0].size() + 1 + parts[1].size());
  return jws;
}

}  // namespace openimds
