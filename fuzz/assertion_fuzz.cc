// SPDX-License-Identifier: Apache-2.0
// The readers of client assertions and of foreign issuers' key sets, with whatever bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "crypto/assertion.h"
#include "crypto/digest.h"

namespace openimds {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

void TryAssertion(std::string_view text) {
  const auto read = ReadAssertion(text);
  if (!read) return;
  Require(text == read->signing_input + "." + Base64UrlEncode(read->signature));
  Require(read->x5t.empty() || read->x5t.size() == 20);
  Require(read->x5t_s256.empty() || read->x5t_s256.size() == 32);
}

// Every key that is taken is one, and believes nothing unsigned.
void TryKeySet(std::string_view text) {
  const auto keys = ParseJwks(text);
  if (!keys) return;
  Require(!keys->empty() && keys->size() <= 100);
  for (const PublicJwk& key : *keys) {
    std::string modulus;
    Require(Base64UrlDecode(key.n, &modulus) && modulus.size() >= 256);
    Require(key.alg.empty() || key.alg == "PS256" || key.alg == "RS256");
    Require(!VerifySignature(AssertionAlgorithm::kPs256, key, text, std::string(256, '\1')));
    Require(!VerifySignature(AssertionAlgorithm::kRs256, key, text, ""));
  }
}

}  // namespace
}  // namespace openimds

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  openimds::TryAssertion(text);
  openimds::TryKeySet(text);
  return 0;
}
