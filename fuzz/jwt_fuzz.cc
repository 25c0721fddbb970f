// SPDX-License-Identifier: Apache-2.0
// The reader and the verifier of JWTs, with whatever bytes. One key is fixed, and the seeds hold
// tokens that it signed, so that the claims behind a good signature are reached too.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "crypto/digest.h"
#include "crypto/jwt.h"

namespace openimds {
namespace {

const PublicJwk& SeedKey() {
  static const PublicJwk key{
      .kid = "WeOA46tGCDoKmJ-DfrYMKiuaohw",
      .x5t = "WeOA46tGCDoKmJ-DfrYMKiuaohw",
      .n = "pbpsalBkZ75J7ce8fpuYWbpnxqoTZ_LzIXrBL1EXCbwIs1MpbhXWGZpz_-TJTEO0DT4fUlLBE5tUIrDv"
           "5qfJvbY1D1dtyDGwY_4WlYq6ZmBdUWxKgBk1OKE0PizFXVK5ra0Pski3e5kN99kcSR1ymcKXX73Vlxih"
           "QF5d669ZQiGaSdc8f6NHKeiOdinBOAlcEnKt5TLQEl2EFBZthGPaaEzoPht94lzJDFvUvVUh7nsBQcGH"
           "YG02uy5LKZw6AHiKCnA9PjJp5RwovtqhtA_HnV7MHYz4cNx1Jv_DhS9HhifYVKJ1IfNk9Jaf9bS3UJ0y"
           "aiWrF2MvjUtFNhnGvlVoLQ",
      .e = "AQAB",
      .x5c = ""};
  return key;
}

void Require(bool condition) {
  if (!condition) std::abort();
}

// Base64 is read so strictly that the parts can be written again only as they were.
void RequireTheSameTextAgain(const UnverifiedJwt& jwt, std::string_view token) {
  const std::string input = Base64UrlEncode(jwt.header) + "." + Base64UrlEncode(jwt.claims);
  Require(jwt.signing_input == input);
  Require(token == input + "." + Base64UrlEncode(jwt.signature));
}

void Try(std::string_view token) {
  const Time now = FromUnixSeconds(1'750'000'000);
  const auto read = ReadJwt(token);
  const auto verified = VerifyJwt(token, {SeedKey()}, now);
  if (read) RequireTheSameTextAgain(*read, token);
  if (!verified) return;
  Require(read.has_value() && read->kid == SeedKey().kid);
  Require(verified->expires_on() > now);
}

}  // namespace
}  // namespace openimds

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  openimds::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
