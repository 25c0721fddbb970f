// SPDX-License-Identifier: Apache-2.0
#include "crypto/signing_key.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <utility>

#include "base/reasons.h"
#include "crypto/digest.h"
#include "crypto/openssl_rsa.h"

namespace openimds {

struct SigningKey::Parts {
  OpenSslPtr<EVP_PKEY> key;
  OpenSslPtr<X509> certificate;
  // Ready to sign, and only ever copied: a copy costs a tenth of making one, and copying from one
  // that nobody changes is safe from many threads.
  OpenSslPtr<EVP_MD_CTX> signer;
  PublicJwk jwk;
  std::string jwt_header;
};

namespace {

constexpr int kKeyBits = 2048;
constexpr std::size_t kSignatureBytes = kKeyBits / 8;
constexpr std::chrono::hours kBackdating{1};
constexpr std::chrono::hours kCertificateLifetime{24 * 3652};

tl::unexpected<Error> CryptoFailure(const std::string& what) {
  return Fail(ErrorKind::kInternal, reasons::kCryptoFailed, what + ": " + TakeOpenSslReason());
}

std::string ToBase64Url(const EVP_PKEY* key, const char* parameter) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, parameter, &raw) != 1) return {};
  const OpenSslPtr<BIGNUM> number(raw);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), AsBytes(bytes));
  return Base64UrlEncode(bytes);
}

PublicJwk ToJwk(const EVP_PKEY* key, const X509* certificate) {
  const std::string der = ToDer(certificate);
  const std::string thumbprint = Base64UrlEncode(Sha1(der));
  return {.kid = thumbprint,
          .x5t = thumbprint,
          .n = ToBase64Url(key, OSSL_PKEY_PARAM_RSA_N),
          .e = ToBase64Url(key, OSSL_PKEY_PARAM_RSA_E),
          .x5c = Base64Encode(der)};
}

// base64url needs no escaping in JSON, and the order of the members is Azure's.
std::string ToJwtHeader(const PublicJwk& jwk) {
  return Base64UrlEncode(R"({"typ":"JWT","alg":"RS256","x5t":")" + jwk.x5t + R"(","kid":")" +
                         jwk.kid + R"("})");
}

bool SetNames(X509* certificate, std::string_view common_name) {
  X509_NAME* const subject = X509_get_subject_name(certificate);
  return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, AsBytes(common_name),
                                    static_cast<int>(common_name.size()), -1, 0) == 1 &&
         X509_set_issuer_name(certificate, subject) == 1;
}

OpenSslPtr<X509> SelfSign(EVP_PKEY* key, std::string_view common_name, Time now) {
  OpenSslPtr<X509> certificate(X509_new());
  const bool made = certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
                    SetSerial(certificate.get()) && SetNames(certificate.get(), common_name) &&
                    SetValidity(certificate.get(), now - kBackdating, now + kCertificateLifetime) &&
                    X509_set_pubkey(certificate.get(), key) == 1 &&
                    X509_sign(certificate.get(), key, FetchedSha256()) > 0;
  if (!made) certificate.reset();
  return certificate;
}

OpenSslPtr<EVP_MD_CTX> MakeSigner(EVP_PKEY* key) {
  OpenSslPtr<EVP_MD_CTX> signer(EVP_MD_CTX_new());
  const bool made =
      signer && EVP_DigestSignInit(signer.get(), nullptr, FetchedSha256(), nullptr, key) == 1;
  if (!made) std::abort();  // only memory can be missing: the key is known to be RSA
  return signer;
}

}  // namespace

SigningKey::SigningKey(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {
  parts_->jwk = ToJwk(parts_->key.get(), parts_->certificate.get());
  parts_->jwt_header = ToJwtHeader(parts_->jwk);
  parts_->signer = MakeSigner(parts_->key.get());
}

SigningKey::~SigningKey() = default;

Result<std::unique_ptr<SigningKey>> SigningKey::Generate(std::string_view common_name, Time now) {
  auto parts = std::make_unique<Parts>();
  parts->key.reset(EVP_RSA_gen(kKeyBits));
  if (!parts->key) return CryptoFailure("could not make an RSA key");
  parts->certificate = SelfSign(parts->key.get(), common_name, now);
  if (!parts->certificate) return CryptoFailure("could not make the key's certificate");
  return std::unique_ptr<SigningKey>(new SigningKey(std::move(parts)));
}

Result<std::unique_ptr<SigningKey>> SigningKey::Parse(const Secret& pem) {
  const std::string_view text = pem.RevealSecret();
  const OpenSslPtr<BIO> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (!bio) return CryptoFailure("could not read the PEM text");
  auto parts = std::make_unique<Parts>();
  parts->key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, RefusePassphrase, nullptr));
  if (!parts->key) return CryptoFailure("expected an unencrypted PKCS#8 private key in PEM");
  if (EVP_PKEY_is_a(parts->key.get(), "RSA") != 1 ||
      EVP_PKEY_get_bits(parts->key.get()) != kKeyBits) {
    return CryptoFailure("expected an RSA key of 2048 bits");
  }
  parts->certificate.reset(PEM_read_bio_X509(bio.get(), nullptr, RefusePassphrase, nullptr));
  if (!parts->certificate) return CryptoFailure("expected a certificate after the private key");
  if (X509_check_private_key(parts->certificate.get(), parts->key.get()) != 1) {
    return CryptoFailure("the certificate is not that of the private key");
  }
  // The check above compares public halves only. A damaged private half shows when it signs.
  std::unique_ptr<SigningKey> key(new SigningKey(std::move(parts)));
  const auto signature = key->SignRs256("self-test");
  if (!signature || !VerifyRs256(key->jwk(), "self-test", *signature)) {
    return CryptoFailure("the private key does not sign what its public half verifies");
  }
  return key;
}

Secret SigningKey::ToPem() const {
  const OpenSslPtr<BIO> bio(BIO_new(BIO_s_secmem()));  // wiped when freed
  if (!bio ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), parts_->key.get(), nullptr, nullptr, 0, nullptr,
                                    nullptr) != 1 ||
      PEM_write_bio_X509(bio.get(), parts_->certificate.get()) != 1) {
    std::abort();  // only memory can be missing
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return Secret(std::string(data, static_cast<std::size_t>(size)));
}

const PublicJwk& SigningKey::jwk() const { return parts_->jwk; }
const std::string& SigningKey::jwt_header() const { return parts_->jwt_header; }

Result<std::string> SigningKey::SignRs256(std::string_view bytes) const {
  std::string signature(kSignatureBytes, '\0');
  std::size_t size = signature.size();
  const OpenSslPtr<EVP_MD_CTX> context(EVP_MD_CTX_new());
  if (!context || EVP_MD_CTX_copy_ex(context.get(), parts_->signer.get()) != 1 ||
      EVP_DigestSign(context.get(), AsBytes(signature), &size, AsBytes(bytes), bytes.size()) != 1) {
    return Fail(ErrorKind::kInternal, reasons::kSigningFailed,
                "OpenSSL could not sign: " + TakeOpenSslReason());
  }
  return signature;
}

bool VerifyRs256(const PublicJwk& jwk, std::string_view bytes, std::string_view signature) {
  std::string n, e;
  if (!Base64UrlDecode(jwk.n, &n) || !Base64UrlDecode(jwk.e, &e)) return false;
  const OpenSslPtr<EVP_PKEY> key = MakeRsaPublicKey(n, e);
  return key && VerifiesWith(key.get(), AssertionAlgorithm::kRs256, bytes, signature);
}

}  // namespace openimds
