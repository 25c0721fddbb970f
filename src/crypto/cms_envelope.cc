// SPDX-License-Identifier: Apache-2.0
#include "crypto/cms_envelope.h"

#include <openssl/cms.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>

#include <string>

#include "base/reasons.h"
#include "crypto/openssl_rsa.h"

namespace openimds {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;

tl::unexpected<Error> NotOpened(const std::string& what) {
  ERR_clear_error();
  return Fail(ErrorKind::kInvalidRequest, reasons::kCredentialInvalid, what);
}

// Takes the content out of `bio` and leaves nothing of it there.
Secret TakeContent(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  if (size <= 0) return {};
  Secret content(std::string_view(data, static_cast<std::size_t>(size)));
  OPENSSL_cleanse(data, static_cast<std::size_t>(size));
  return content;
}

OpenSslPtr<CMS_ContentInfo> ParseWhole(std::string_view der) {
  if (der.size() > kMostBytes) return nullptr;
  const unsigned char* at = AsBytes(der);
  OpenSslPtr<CMS_ContentInfo> message(
      d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(der.size())));
  return at == AsBytes(der) + der.size() ? std::move(message) : nullptr;
}

}  // namespace

Result<Secret> OpenCmsEnvelope(std::string_view der, std::string_view certificate_pem,
                               const Secret& key_pem) {
  const auto certificates = ReadPemCertificates(certificate_pem);
  if (certificates.empty()) return NotOpened("expected a certificate in PEM");
  const OpenSslPtr<BIO> reader = ReaderOf(key_pem.RevealSecret());
  const OpenSslPtr<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(reader.get(), nullptr, RefusePassphrase, nullptr));
  if (!key) return NotOpened("expected a private key in PEM");
  const OpenSslPtr<CMS_ContentInfo> message = ParseWhole(der);
  if (!message || OBJ_obj2nid(CMS_get0_type(message.get())) != NID_pkcs7_enveloped) {
    return NotOpened("expected one CMS envelope in DER and nothing behind it");
  }
  const OpenSslPtr<BIO> content(BIO_new(BIO_s_secmem()));
  // With the certificate: without it a wrong key is not noticed, and gives random bytes.
  if (!content || CMS_decrypt(message.get(), key.get(), certificates[0].get(), nullptr,
                              content.get(), CMS_BINARY) != 1) {
    return NotOpened("the envelope is damaged, or was closed for another certificate");
  }
  ERR_clear_error();
  return TakeContent(content.get());
}

}  // namespace openimds
