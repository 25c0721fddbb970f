// SPDX-License-Identifier: Apache-2.0
#include "crypto/assertion.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/json_object.h"
#include "crypto/jws.h"

namespace openimds {
namespace {

namespace json = boost::json;

constexpr std::size_t kSha1Bytes = 20;
constexpr std::size_t kSha256Bytes = 32;

std::string RenderHeader(const ClientCertificate& certificate, AssertionAlgorithm algorithm,
                         bool with_chain) {
  const bool ps256 = algorithm == AssertionAlgorithm::kPs256;
  const Thumbprints& thumbprints = certificate.thumbprints();
  json::object header{{"typ", "JWT"}, {"alg", ps256 ? "PS256" : "RS256"}};
  header[ps256 ? "x5t#S256" : "x5t"] =
      Base64UrlEncode(ps256 ? thumbprints.sha256 : thumbprints.sha1);
  if (with_chain) {
    const auto& chain = certificate.x5c();
    header["x5c"] = json::array(chain.begin(), chain.end());
  }
  return json::serialize(header);
}

std::optional<AssertionAlgorithm> FindAlgorithm(const json::object& header) {
  const auto name = FindString(header, "alg");
  if (name == "PS256") return AssertionAlgorithm::kPs256;
  if (name == "RS256") return AssertionAlgorithm::kRs256;
  return std::nullopt;
}

// RFC 7519, section 5.1, wants JWT; SPIFFE also knows JOSE. Access tokens (at+jwt) are no proof of
// who a client is.
bool IsAssertionType(const json::object& header) {
  if (!header.contains("typ")) return true;
  const std::string_view type = FindString(header, "typ").value_or("");
  return EqualsIgnoringCase(type, "JWT") || EqualsIgnoringCase(type, "JOSE");
}

// Empty if there is none, or none of `size` bytes: some issuers write a digest's hexadecimal
// digits.
std::string ReadThumbprint(const json::object& header, std::string_view name, std::size_t size) {
  std::string text(FindString(header, name).value_or(""));
  while (text.ends_with('=')) text.pop_back();
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  std::string bytes;
  if (!Base64UrlDecode(text, &bytes) || bytes.size() != size) return {};
  return bytes;
}

}  // namespace

Result<Secret> SignAssertion(const ClientCertificate& certificate, AssertionAlgorithm algorithm,
                             const json::object& claims, bool with_chain) {
  std::string token = Base64UrlEncode(RenderHeader(certificate, algorithm, with_chain)) + "." +
                      Base64UrlEncode(json::serialize(claims));
  TRY(const std::string signature, certificate.Sign(algorithm, token));
  token.append(".").append(Base64UrlEncode(signature));
  return Secret(std::move(token));
}

Result<UnverifiedAssertion> ReadAssertion(std::string_view jwt) {
  TRY(JwsParts jws, ReadJws(jwt));
  const auto algorithm = FindAlgorithm(jws.header);
  if (!algorithm) return InvalidToken("expected an assertion signed with PS256 or RS256");
  if (!IsAssertionType(jws.header)) return InvalidToken("expected an assertion of type JWT");
  auto claims = ParseJsonObject(jws.payload);
  if (!claims) return InvalidToken("the assertion's claims cannot be read: " + claims.error());
  return UnverifiedAssertion{.algorithm = *algorithm,
                             .kid = std::string(FindString(jws.header, "kid").value_or("")),
                             .x5t = ReadThumbprint(jws.header, "x5t", kSha1Bytes),
                             .x5t_s256 = ReadThumbprint(jws.header, "x5t#S256", kSha256Bytes),
                             .claims = *std::move(claims),
                             .signing_input = std::move(jws.signing_input),
                             .signature = std::move(jws.signature)};
}

}  // namespace openimds
