// SPDX-License-Identifier: Apache-2.0
#include "crypto/client_certificate.h"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include <cstring>
#include <utility>

#include "base/reasons.h"
#include "crypto/digest.h"
#include "crypto/openssl_rsa.h"

namespace openimds {
namespace {

constexpr int kLeastBits = 2048;

tl::unexpected<Error> Invalid(const std::string& what) {
  ERR_clear_error();
  return Fail(ErrorKind::kInvalidRequest, reasons::kCredentialInvalid, what);
}

// A key with its certificates, the leaf first.
struct KeyAndChain {
  OpenSslPtr<EVP_PKEY> key;
  std::vector<OpenSslPtr<X509>> chain;
};

class FileCertificate final : public ClientCertificate {
 public:
  explicit FileCertificate(KeyAndChain parts, Time not_after)
      : key_(std::move(parts.key)), not_after_(not_after) {
    const std::string leaf = ToDer(parts.chain.front().get());
    thumbprints_ = {Sha1(leaf), Sha256(leaf)};
    for (const auto& certificate : parts.chain) {
      x5c_.push_back(Base64Encode(ToDer(certificate.get())));
    }
  }

  const Thumbprints& thumbprints() const override { return thumbprints_; }
  const std::vector<std::string>& x5c() const override { return x5c_; }
  Time not_after() const override { return not_after_; }

  Result<std::string> Sign(AssertionAlgorithm algorithm, std::string_view bytes) const override {
    std::string signature = SignWith(key_.get(), algorithm, bytes);
    if (!signature.empty()) return signature;
    return Fail(ErrorKind::kInternal, reasons::kSigningFailed,
                "OpenSSL could not sign: " + TakeOpenSslReason());
  }

 private:
  const OpenSslPtr<EVP_PKEY> key_;
  const Time not_after_;
  Thumbprints thumbprints_;
  std::vector<std::string> x5c_;
};

OpenSslPtr<BIO> Reader(const Secret& bytes) {
  const std::string_view text = bytes.RevealSecret();
  return OpenSslPtr<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

int GivePassword(char* buffer, int size, int, void* given) {
  const std::string_view password = static_cast<const Secret*>(given)->RevealSecret();
  if (password.empty() || password.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(buffer, password.data(), password.size());
  return static_cast<int>(password.size());
}

// With a zero byte at its end, as C libraries want it.
const char* TextOf(const Secret& secret) {
  return secret.empty() ? "" : secret.RevealSecret().data();
}

bool IsPem(const Secret& file) {
  return file.RevealSecret().find("-----BEGIN ") != std::string_view::npos;
}

Result<KeyAndChain> ReadPem(const Secret& file, const Secret& password) {
  KeyAndChain parts;
  const auto keys = Reader(file);
  parts.key.reset(PEM_read_bio_PrivateKey(keys.get(), nullptr, GivePassword,
                                          const_cast<Secret*>(&password)));
  if (!parts.key) {
    return Invalid(password.empty()
                       ? "expected a private key in the PEM file, unencrypted or with password_file"
                       : "expected a private key in the PEM file that its password opens");
  }
  const auto certificates = Reader(file);
  while (X509* certificate =
             PEM_read_bio_X509(certificates.get(), nullptr, RefusePassphrase, nullptr)) {
    parts.chain.emplace_back(certificate);
  }
  ERR_clear_error();  // it ended with "no more"
  return parts;
}

Result<KeyAndChain> ReadPkcs12(const Secret& file, const Secret& password) {
  const auto reader = Reader(file);
  PKCS12* raw = d2i_PKCS12_bio(reader.get(), nullptr);
  const std::unique_ptr<PKCS12, decltype(&PKCS12_free)> box(raw, PKCS12_free);
  if (!box) return Invalid("expected the file to be PEM or PKCS#12");
  EVP_PKEY* key = nullptr;
  X509* leaf = nullptr;
  STACK_OF(X509)* others = nullptr;
  if (PKCS12_parse(box.get(), TextOf(password), &key, &leaf, &others) != 1) {
    return Invalid("expected a PKCS#12 file that its password opens");
  }
  KeyAndChain parts;
  parts.key.reset(key);
  if (leaf != nullptr) parts.chain.emplace_back(leaf);
  for (int i = 0; i < sk_X509_num(others); ++i) parts.chain.emplace_back(sk_X509_value(others, i));
  sk_X509_free(others);
  if (!parts.key) return Invalid("expected a private key in the PKCS#12 file");
  return parts;
}

// Puts the certificate that fits the key first.
Result<void> FindLeaf(KeyAndChain& parts) {
  for (auto& certificate : parts.chain) {
    const bool fits = X509_check_private_key(certificate.get(), parts.key.get()) == 1;
    ERR_clear_error();
    if (!fits) continue;
    std::swap(parts.chain.front(), certificate);
    return {};
  }
  return Invalid(parts.chain.empty() ? "expected a certificate beside the private key"
                                     : "no certificate in the file belongs to its private key");
}

}  // namespace

Result<std::shared_ptr<const ClientCertificate>> ParseClientCertificate(const Secret& file,
                                                                        const Secret& password) {
  TRY(KeyAndChain parts, IsPem(file) ? ReadPem(file, password) : ReadPkcs12(file, password));
  if (EVP_PKEY_is_a(parts.key.get(), "RSA") != 1 ||
      EVP_PKEY_get_bits(parts.key.get()) < kLeastBits) {
    return Invalid("expected an RSA key of at least 2048 bits");
  }
  TRY_VOID(FindLeaf(parts));
  const auto not_after = ToTime(X509_get0_notAfter(parts.chain.front().get()));
  if (!not_after) return Invalid("the certificate's end cannot be read");
  return std::make_shared<const FileCertificate>(std::move(parts), *not_after);
}

}  // namespace openimds
