// SPDX-License-Identifier: Apache-2.0
#include "crypto/openssl_rsa.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "crypto/digest.h"

namespace openimds {
namespace {

constexpr int kLeastBits = 2048;
constexpr int kMostBits = 8192;
constexpr std::size_t kMostExponentBytes = 8;

// What Time can hold. A certificate "without end" says 9999.
constexpr std::int64_t kFirstSecond = -9'223'372'036;
constexpr std::int64_t kLastSecond = 9'223'372'036;

OpenSslPtr<BIGNUM> ToNumber(std::string_view bytes) {
  return OpenSslPtr<BIGNUM>(BN_bin2bn(AsBytes(bytes), static_cast<int>(bytes.size()), nullptr));
}

// An exponent of 1 would make every message its own signature.
bool IsUsable(const BIGNUM* modulus, const BIGNUM* exponent) {
  return modulus != nullptr && exponent != nullptr && BN_num_bits(modulus) >= kLeastBits &&
         BN_num_bits(modulus) <= kMostBits && BN_is_odd(modulus) == 1 && BN_is_odd(exponent) == 1 &&
         BN_is_one(exponent) == 0;
}

bool SetPadding(EVP_PKEY_CTX* context, AssertionAlgorithm algorithm) {
  if (algorithm == AssertionAlgorithm::kRs256) {
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
  }
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

}  // namespace

const EVP_MD* FetchedSha256() {
  static const EVP_MD* const sha256 = [] {
    const EVP_MD* fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    if (fetched == nullptr) std::abort();
    return fetched;
  }();
  return sha256;
}

std::string SignWith(EVP_PKEY* key, AssertionAlgorithm algorithm, std::string_view bytes) {
  const OpenSslPtr<EVP_MD_CTX> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* padding = nullptr;
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key)), '\0');
  std::size_t size = signature.size();
  const bool made =
      context && EVP_DigestSignInit(context.get(), &padding, FetchedSha256(), nullptr, key) == 1 &&
      SetPadding(padding, algorithm) &&
      EVP_DigestSign(context.get(), AsBytes(signature), &size, AsBytes(bytes), bytes.size()) == 1;
  signature.resize(made ? size : 0);
  return signature;
}

bool VerifiesWith(EVP_PKEY* key, AssertionAlgorithm algorithm, std::string_view bytes,
                  std::string_view signature) {
  const OpenSslPtr<EVP_MD_CTX> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* padding = nullptr;
  const bool verified =
      context &&
      EVP_DigestVerifyInit(context.get(), &padding, FetchedSha256(), nullptr, key) == 1 &&
      SetPadding(padding, algorithm) &&
      EVP_DigestVerify(context.get(), AsBytes(signature), signature.size(), AsBytes(bytes),
                       bytes.size()) == 1;
  ERR_clear_error();
  return verified;
}

OpenSslPtr<EVP_PKEY> MakeRsaPublicKey(std::string_view n, std::string_view e) {
  if (n.size() > kMostBits || e.size() > kMostExponentBytes) return nullptr;
  const OpenSslPtr<BIGNUM> modulus = ToNumber(n);
  const OpenSslPtr<BIGNUM> exponent = ToNumber(e);
  const OpenSslPtr<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  if (!IsUsable(modulus.get(), exponent.get()) || !builder ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
    return nullptr;
  }
  const OpenSslPtr<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(builder.get()));
  const OpenSslPtr<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return OpenSslPtr<EVP_PKEY>(key);
}

bool IsUsableRsa(const EVP_PKEY* key) {
  return key != nullptr && EVP_PKEY_is_a(key, "RSA") == 1 && EVP_PKEY_get_bits(key) >= kLeastBits &&
         EVP_PKEY_get_bits(key) <= kMostBits;
}

std::string ModulusOf(const EVP_PKEY* key) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &raw) != 1) return {};
  const OpenSslPtr<BIGNUM> number(raw);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), AsBytes(bytes));
  return bytes;
}

OpenSslPtr<BIO> ReaderOf(std::string_view bytes) {
  constexpr std::size_t kMost = 1 << 20;  // far beyond any key or chain; BIO counts in int
  const char* const data = bytes.empty() ? "" : bytes.data();  // null is refused
  OpenSslPtr<BIO> reader(BIO_new_mem_buf(data, static_cast<int>(std::min(bytes.size(), kMost))));
  if (!reader) std::abort();  // only memory can be missing
  return reader;
}

std::vector<OpenSslPtr<X509>> ReadPemCertificates(std::string_view text) {
  const OpenSslPtr<BIO> reader = ReaderOf(text);
  std::vector<OpenSslPtr<X509>> certificates;
  while (X509* one = PEM_read_bio_X509(reader.get(), nullptr, RefusePassphrase, nullptr)) {
    certificates.emplace_back(one);
  }
  ERR_clear_error();  // it ended with "no more"
  return certificates;
}

std::string ToDer(const X509* certificate) {
  unsigned char* raw = nullptr;
  const int size = i2d_X509(certificate, &raw);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<const char*>(raw), static_cast<std::size_t>(size));
  OPENSSL_free(raw);
  return der;
}

std::optional<Time> ToTime(const ASN1_TIME* time) {
  struct tm parts {};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return FromUnixSeconds(std::clamp<std::int64_t>(timegm(&parts), kFirstSecond, kLastSecond));
}

int RefusePassphrase(char*, int, int, void*) { return -1; }

bool SetSerial(X509* certificate) {
  constexpr std::size_t kSerialBytes = 16;
  std::string bytes = RandomBytes(kSerialBytes);
  bytes.front() = static_cast<char>((bytes.front() & 0x3f) | 0x40);  // positive, and never shorter
  const OpenSslPtr<BIGNUM> serial(
      BN_bin2bn(AsBytes(bytes), static_cast<int>(bytes.size()), nullptr));
  return serial && BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool SetValidity(X509* certificate, Time begin, Time end) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), ToUnixSeconds(begin)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), ToUnixSeconds(end)) != nullptr;
}

}  // namespace openimds
