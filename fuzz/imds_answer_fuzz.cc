// SPDX-License-Identifier: Apache-2.0
// What answers at the metadata address may be anything: the bridge hands on a whole token or none.
// The first byte says which status it came with.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "extension/bridge_translation.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace openimds;  // NOLINT(google-build-using-namespace): one function
  constexpr std::array<int, 6> kStatuses{200, 400, 404, 429, 500, 302};
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const http::OutboundResponse response{kStatuses[data[0] % kStatuses.size()], "application/json",
                                        std::nullopt, Secret(body)};
  const auto token = extension::ReadImdsAnswer(response, "https://r");
  if (!token) {
    Require(!token.error().reason.empty() && token.error().message.size() <= 4096);
    return 0;
  }
  Require(response.status == 200 && !token->access_token.empty() && !token->resource.empty());
  Require(ParseDecimal(token->expires_on) && ParseDecimal(token->expires_in));
  Require(token->access_token.RevealSecret().find_first_of("\"\\ \r\n") == std::string_view::npos);
  return 0;
}
