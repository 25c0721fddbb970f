// SPDX-License-Identifier: Apache-2.0
#include "crypto/jwks.h"

#include <algorithm>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "crypto/digest.h"
#include "crypto/json_object.h"
#include "crypto/jws.h"
#include "crypto/openssl_rsa.h"

namespace openimds {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostKeys = 100;

std::string_view NameOf(AssertionAlgorithm algorithm) {
  return algorithm == AssertionAlgorithm::kPs256 ? "PS256" : "RS256";
}

// RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1.
bool HasPrivateMember(const json::object& key) {
  constexpr const char* kPrivate[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
  return std::any_of(std::begin(kPrivate), std::end(kPrivate),
                     [&](const char* name) { return key.contains(name); });
}

bool MayVerify(const json::object& key) {
  if (key.contains("use") && FindString(key, "use") != "sig") return false;
  const json::value* operations = key.if_contains("key_ops");
  if (operations == nullptr) return true;
  if (!operations->is_array()) return false;
  const json::array& all = operations->get_array();
  return std::find(all.begin(), all.end(), json::value("verify")) != all.end();
}

bool IsForOurAlgorithms(const json::object& key) {
  const auto algorithm = FindString(key, "alg");
  return !key.contains("alg") || algorithm == "PS256" || algorithm == "RS256";
}

OpenSslPtr<EVP_PKEY> ToKey(const PublicJwk& jwk) {
  std::string n, e;
  if (!Base64UrlDecode(jwk.n, &n) || !Base64UrlDecode(jwk.e, &e)) return nullptr;
  return MakeRsaPublicKey(n, e);
}

std::string Text(const json::object& key, std::string_view name) {
  return std::string(FindString(key, name).value_or(""));
}

}  // namespace

Result<std::vector<PublicJwk>> ParseJwks(std::string_view text) {
  const auto document = ParseJsonObject(text);
  if (!document) return InvalidToken("the key set cannot be read: " + document.error());
  const json::value* list = document->if_contains("keys");
  if (list == nullptr || !list->is_array() || list->get_array().size() > kMostKeys) {
    return InvalidToken("expected a key set of at most 100 keys");
  }
  std::vector<PublicJwk> keys;
  for (const json::value& one : list->get_array()) {
    if (!one.is_object()) return InvalidToken("expected the keys of the key set to be objects");
    const json::object& key = one.get_object();
    if (HasPrivateMember(key)) return InvalidToken("the key set holds a private key");
    if (FindString(key, "kty") != "RSA" || !MayVerify(key) || !IsForOurAlgorithms(key)) continue;
    PublicJwk jwk{.kid = Text(key, "kid"),
                  .x5t = {},
                  .n = Text(key, "n"),
                  .e = Text(key, "e"),
                  .x5c = {},
                  .alg = Text(key, "alg")};
    if (ToKey(jwk)) keys.push_back(std::move(jwk));
  }
  if (keys.empty()) return InvalidToken("the key set holds no RSA key for signing");
  return keys;
}

bool VerifySignature(AssertionAlgorithm algorithm, const PublicJwk& jwk, std::string_view bytes,
                     std::string_view signature) {
  if (!jwk.alg.empty() && jwk.alg != NameOf(algorithm)) return false;
  const OpenSslPtr<EVP_PKEY> key = ToKey(jwk);
  return key && VerifiesWith(key.get(), algorithm, bytes, signature);
}

}  // namespace openimds
