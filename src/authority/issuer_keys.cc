// SPDX-License-Identifier: Apache-2.0
#include "authority/issuer_keys.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include <boost/json.hpp>

#include "base/reasons.h"
#include "crypto/json_object.h"

namespace openimds {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxFileBytes = 1 << 20;
constexpr std::size_t kMostIssuers = 1000;

tl::unexpected<Error> NoKeys(const std::string& issuer, const std::string& why) {
  return Fail(ErrorKind::kUnavailable, reasons::kFederationKeys,
              "cannot get the keys of issuer '" + issuer + "': " + why, std::chrono::seconds{5});
}

Result<std::string> ReadKeysFile(const FederatedCredential& trusted) {
  std::ifstream file(trusted.keys_file, std::ios::binary);
  std::string text(kMaxFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  if (text.empty() || text.size() > kMaxFileBytes) {
    return NoKeys(trusted.issuer,
                  "expected a file of at most 1 MiB at '" + trusted.keys_file + "'");
  }
  return text;
}

bool HasKey(const std::vector<PublicJwk>& keys, const std::string& kid) {
  return std::any_of(keys.begin(), keys.end(),
                     [&](const PublicJwk& key) { return key.kid == kid; });
}

}  // namespace

Result<void> IssuerKeys::Verify(const FederatedCredential& trusted,
                                const UnverifiedAssertion& assertion) {
  TRY(const Keys keys, KeysOf(trusted, assertion.kid));
  for (const PublicJwk& key : *keys) {
    if (!assertion.kid.empty() && key.kid != assertion.kid) continue;
    if (VerifySignature(assertion.algorithm, key, assertion.signing_input, assertion.signature)) {
      return {};
    }
  }
  return Fail(ErrorKind::kUnauthorized, reasons::kAssertionKey,
              "Client assertion failed signature validation with the keys of its issuer.");
}

Result<IssuerKeys::Keys> IssuerKeys::KeysOf(const FederatedCredential& trusted,
                                            const std::string& kid) {
  if (!trusted.keys_file.empty()) return Fetch(trusted);
  const SteadyTime now = clock_.SteadyNow();
  {
    std::lock_guard lock(mutex_);
    const auto found = kept_.find(trusted.issuer);
    if (found != kept_.end()) {
      const Kept& kept = found->second;
      const bool young = now < kept.fetched + kKeptFor;
      const bool just_fetched = now < kept.fetched + kRefetchPause;
      if (just_fetched || (young && HasKey(*kept.keys, kid))) return kept.keys;
    }
  }
  TRY(Keys keys, Fetch(trusted));
  std::lock_guard lock(mutex_);
  if (kept_.size() >= kMostIssuers) kept_.clear();
  kept_[trusted.issuer] = {keys, now};
  return keys;
}

Result<IssuerKeys::Keys> IssuerKeys::Fetch(const FederatedCredential& trusted) {
  std::string text;
  if (!trusted.keys_file.empty()) {
    TRY(text, ReadKeysFile(trusted));
  } else {
    std::string base = trusted.issuer;
    if (base.ends_with('/')) base.pop_back();
    TRY(const std::string document, Get(base + "/.well-known/openid-configuration"));
    const auto discovery = ParseJsonObject(document);
    if (!discovery) return NoKeys(trusted.issuer, discovery.error());
    if (TextOf(*discovery, "issuer") != trusted.issuer) {
      return NoKeys(trusted.issuer, "its discovery document names another issuer");
    }
    TRY(text, Get(std::string(TextOf(*discovery, "jwks_uri"))));
  }
  auto keys = ParseJwks(text);
  if (!keys) return NoKeys(trusted.issuer, keys.error().message);
  return std::make_shared<const std::vector<PublicJwk>>(*std::move(keys));
}

Result<std::string> IssuerKeys::Get(const std::string& url) {
  http::OutboundRequest request;
  request.method = "GET";
  request.url = url;
  request.headers = {{"Accept", "application/json"}};
  const auto answer = client_.Send(request);
  if (!answer) return NoKeys(url, answer.error().message);
  if (answer->status != 200) {
    return NoKeys(url, "expected status 200, got " + std::to_string(answer->status));
  }
  return std::string(answer->body.RevealSecret());
}

}  // namespace openimds
