// SPDX-License-Identifier: Apache-2.0
#include "crypto/assertion.h"

#include <openssl/pem.h>

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/json.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/json_object.h"
#include "crypto/jwt.h"
#include "crypto/openssl_rsa.h"

namespace openimds {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostKeys = 100;

tl::unexpected<Error> Invalid(const std::string& message) {
  return Fail(ErrorKind::kUnauthorized, reasons::kTokenInvalid, message);
}

tl::unexpected<Error> BadCertificate(const std::string& message) {
  ERR_clear_error();
  return Fail(ErrorKind::kInvalidRequest, reasons::kCredentialInvalid, message);
}

std::string_view TextOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  if (value == nullptr || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

// Either alphabet, padded or not; empty if it is neither.
std::string DecodeThumbprint(std::string_view text, std::size_t size) {
  std::string plain(text.substr(0, 64));
  std::replace(plain.begin(), plain.end(), '+', '-');
  std::replace(plain.begin(), plain.end(), '/', '_');
  while (plain.ends_with('=')) plain.pop_back();
  std::string bytes;
  if (!Base64UrlDecode(plain, &bytes) || bytes.size() != size) return {};
  return bytes;
}

Result<void> ReadHeader(std::string_view text, UnverifiedAssertion* assertion) {
  const auto header = ParseJsonObject(text);
  if (!header) return Invalid("its header cannot be read: " + header.error());
  const std::string_view algorithm = TextOf(*header, "alg");
  if (algorithm != "PS256" && algorithm != "RS256") {
    return Invalid("expected it to be signed with PS256 or RS256");
  }
  if (header->contains("crit") || header->contains("b64")) {
    return Invalid("its header asks for an extension");
  }
  if (header->contains("typ") && !EqualsIgnoringCase(TextOf(*header, "typ"), "JWT")) {
    return Invalid("expected it to be of type JWT");
  }
  assertion->algorithm =
      algorithm == "PS256" ? AssertionAlgorithm::kPs256 : AssertionAlgorithm::kRs256;
  assertion->kid = TextOf(*header, "kid");
  assertion->x5t = DecodeThumbprint(TextOf(*header, "x5t"), 20);
  assertion->x5t_s256 = DecodeThumbprint(TextOf(*header, "x5t#S256"), 32);
  return {};
}

std::string SubjectOf(const X509* certificate) {
  const OpenSslPtr<BIO> text(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return {data, static_cast<std::size_t>(std::max(size, 0L))};
}

}  // namespace

// ---- making ----------------------------------------------------------------------------------

Result<Secret> SignAssertion(const ClientCertificate& certificate, AssertionAlgorithm algorithm,
                             const json::object& claims, bool with_chain) {
  const bool ps256 = algorithm == AssertionAlgorithm::kPs256;
  json::object header{{"typ", "JWT"}, {"alg", ps256 ? "PS256" : "RS256"}};
  const Thumbprints& thumbprints = certificate.thumbprints();
  header[ps256 ? "x5t#S256" : "x5t"] =
      Base64UrlEncode(ps256 ? thumbprints.sha256 : thumbprints.sha1);
  if (with_chain) {
    json::array chain;
    for (const std::string& one : certificate.x5c()) chain.emplace_back(one);
    header["x5c"] = std::move(chain);
  }
  std::string token = Base64UrlEncode(json::serialize(header)) + "." +
                      Base64UrlEncode(json::serialize(claims));
  TRY(const std::string signature, certificate.Sign(algorithm, token));
  token.append(".").append(Base64UrlEncode(signature));
  return Secret(std::move(token));
}

// ---- reading ---------------------------------------------------------------------------------

Result<UnverifiedAssertion> ReadAssertion(std::string_view jwt) {
  if (jwt.size() > kMaxJwtBytes) return Invalid("expected at most 16 KiB");
  const auto parts = Split(jwt, '.');
  std::string header;
  std::string claims_text;
  UnverifiedAssertion assertion{};
  if (parts.size() != 3 || !Base64UrlDecode(parts[0], &header) ||
      !Base64UrlDecode(parts[1], &claims_text) ||
      !Base64UrlDecode(parts[2], &assertion.signature)) {
    return Invalid("expected three parts of base64url without padding, with dots between them");
  }
  TRY_VOID(ReadHeader(header, &assertion));
  auto claims = ParseJsonObject(claims_text);
  if (!claims) return Invalid("its claims cannot be read: " + claims.error());
  assertion.claims = *std::move(claims);
  assertion.signing_input = jwt.substr(0, parts[0].size() + 1 + parts[1].size());
  return assertion;
}

Result<std::vector<PublicJwk>> ParseJwks(std::string_view text) {
  const auto document = ParseJsonObject(text);
  if (!document) return Invalid("the key set cannot be read: " + document.error());
  const json::value* list = document->if_contains("keys");
  if (list == nullptr || !list->is_array() || list->get_array().size() > kMostKeys) {
    return Invalid("expected a key set of at most 100 keys");
  }
  std::vector<PublicJwk> keys;
  for (const json::value& one : list->get_array()) {
    if (!one.is_object()) return Invalid("expected the keys of the key set to be objects");
    const json::object& key = one.get_object();
    if (key.contains("d") || key.contains("k")) {
      return Invalid("the key set holds a private key");
    }
    const bool signs = !key.contains("use") || TextOf(key, "use") == "sig";
    if (TextOf(key, "kty") != "RSA" || !signs) continue;
    keys.push_back({std::string(TextOf(key, "kid")), {}, std::string(TextOf(key, "n")),
                    std::string(TextOf(key, "e")), {}});
  }
  return keys;
}

bool VerifySignature(AssertionAlgorithm algorithm, const PublicJwk& jwk, std::string_view bytes,
                     std::string_view signature) {
  std::string n;
  std::string e;
  if (!Base64UrlDecode(jwk.n, &n) || !Base64UrlDecode(jwk.e, &e)) return false;
  const OpenSslPtr<EVP_PKEY> key = MakeRsaPublicKey(n, e);
  return key && VerifiesWith(key.get(), algorithm, bytes, signature);
}

// ---- certificates ----------------------------------------------------------------------------

struct PublicCertificate::Parts {
  OpenSslPtr<X509> certificate;
  EVP_PKEY* key = nullptr;  // the certificate's own
  std::string der;
  Thumbprints thumbprints;
  std::string subject;
  Time not_before, not_after;
};

PublicCertificate::PublicCertificate(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
PublicCertificate::PublicCertificate(PublicCertificate&&) noexcept = default;
PublicCertificate::~PublicCertificate() = default;

Result<PublicCertificate> PublicCertificate::Parse(std::string_view text) {
  if (text.find("PRIVATE KEY-----") != std::string_view::npos) {
    return BadCertificate("expected a certificate alone, got a private key too: keep that to "
                          "yourself");
  }
  auto parts = std::make_unique<Parts>();
  const OpenSslPtr<BIO> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  const bool pem = text.find("-----BEGIN ") != std::string_view::npos;
  parts->certificate.reset(pem ? PEM_read_bio_X509(bio.get(), nullptr, RefusePassphrase, nullptr)
                               : d2i_X509_bio(bio.get(), nullptr));
  if (!parts->certificate) return BadCertificate("expected a certificate as PEM or DER");
  const X509* certificate = parts->certificate.get();
  parts->key = X509_get0_pubkey(certificate);
  if (parts->key == nullptr || EVP_PKEY_is_a(parts->key, "RSA") != 1 ||
      EVP_PKEY_get_bits(parts->key) < 2048 || EVP_PKEY_get_bits(parts->key) > 8192) {
    return BadCertificate("expected a certificate with an RSA key of 2048 to 8192 bits");
  }
  const auto not_before = ToTime(X509_get0_notBefore(certificate));
  const auto not_after = ToTime(X509_get0_notAfter(certificate));
  if (!not_before || !not_after) return BadCertificate("the certificate's times cannot be read");
  parts->not_before = *not_before;
  parts->not_after = *not_after;
  parts->der = ToDer(certificate);
  parts->thumbprints = {Sha1(parts->der), Sha256(parts->der)};
  parts->subject = SubjectOf(certificate);
  return PublicCertificate(std::move(parts));
}

const Thumbprints& PublicCertificate::thumbprints() const { return parts_->thumbprints; }
Time PublicCertificate::not_before() const { return parts_->not_before; }
Time PublicCertificate::not_after() const { return parts_->not_after; }
const std::string& PublicCertificate::subject() const { return parts_->subject; }
std::string PublicCertificate::der_base64() const { return Base64Encode(parts_->der); }

bool PublicCertificate::Verify(AssertionAlgorithm algorithm, std::string_view bytes,
                               std::string_view signature) const {
  return VerifiesWith(parts_->key, algorithm, bytes, signature);
}

}  // namespace openimds
