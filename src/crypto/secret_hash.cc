// SPDX-License-Identifier: Apache-2.0
#include "crypto/secret_hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstdlib>
#include <vector>

#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/openssl_ptr.h"

namespace openimds {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;
constexpr std::uint64_t kMemory = 64 << 20;
constexpr std::string_view kParameters = "scrypt$16384$8$1$";

std::string Scrypt(const Secret& secret, std::string_view salt) {
  std::string hash(kHashBytes, '\0');
  const std::string_view bytes = secret.RevealSecret();
  if (EVP_PBE_scrypt(bytes.data(), bytes.size(), AsBytes(salt), salt.size(), 16384, 8, 1, kMemory,
                     AsBytes(hash), hash.size()) != 1) {
    std::abort();  // only memory can be missing
  }
  return hash;
}

}  // namespace

std::string HashSecret(const Secret& secret) {
  const std::string salt = RandomBytes(kSaltBytes);
  return std::string(kParameters) + Base64UrlEncode(salt) + "$" +
         Base64UrlEncode(Scrypt(secret, salt));
}

bool SecretMatches(const Secret& secret, std::string_view text) {
  if (!text.starts_with(kParameters)) return false;
  const auto parts = Split(text.substr(kParameters.size()), '$');
  std::string salt;
  std::string expected;
  if (parts.size() != 2 || !Base64UrlDecode(parts[0], &salt) ||
      !Base64UrlDecode(parts[1], &expected) || salt.size() != kSaltBytes ||
      expected.size() != kHashBytes) {
    return false;
  }
  const std::string got = Scrypt(secret, salt);
  return CRYPTO_memcmp(got.data(), expected.data(), got.size()) == 0;
}

}  // namespace openimds
