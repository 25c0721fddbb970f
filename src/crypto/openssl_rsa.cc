// SPDX-License-Identifier: Apache-2.0
#include "crypto/openssl_rsa.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include <time.h>

#include <cstdlib>

namespace openimds {
namespace {

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
  if (n.size() < 256 || n.size() > 1024 || e.empty() || e.size() > 8) return nullptr;
  const OpenSslPtr<BIGNUM> modulus(BN_bin2bn(AsBytes(n), static_cast<int>(n.size()), nullptr));
  const OpenSslPtr<BIGNUM> exponent(BN_bin2bn(AsBytes(e), static_cast<int>(e.size()), nullptr));
  const OpenSslPtr<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  if (!modulus || BN_num_bits(modulus.get()) < 2048 || !exponent || !builder ||
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
  return FromUnixSeconds(timegm(&parts));
}

int RefusePassphrase(char*, int, int, void*) { return -1; }

}  // namespace openimds
