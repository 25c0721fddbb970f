// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <string>

namespace openimds {

// A CMS envelope in DER that only the key of `certificate_pem` opens, with the cipher that Azure's
// fabric has always used.
inline std::string MakeCmsEnvelope(const std::string& certificate_pem, const std::string& content) {
  const auto free_bio = [](BIO* bio) { BIO_free_all(bio); };
  using Bio = std::unique_ptr<BIO, decltype(free_bio)>;
  const Bio pem(BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size())),
                free_bio);
  STACK_OF(X509)* const recipients = sk_X509_new_null();
  sk_X509_push(recipients, PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr));
  const Bio plain(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())), free_bio);
  CMS_ContentInfo* const message =
      CMS_encrypt(recipients, plain.get(), EVP_des_ede3_cbc(), CMS_BINARY);
  unsigned char* der = nullptr;
  const int size = i2d_CMS_ContentInfo(message, &der);
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  CMS_ContentInfo_free(message);
  sk_X509_pop_free(recipients, X509_free);
  return bytes;
}

}  // namespace openimds
