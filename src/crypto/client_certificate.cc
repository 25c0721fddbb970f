// SPDX-License-Identifier: Apache-2.0
#include "crypto/client_certificate.h"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/reasons.h"
#include "crypto/certificate_chain.h"
#include "crypto/openssl_rsa.h"

namespace openimds {
namespace {

tl::unexpected<Error> Invalid(const std::string& what) {
  ERR_clear_error();
  return Fail(ErrorKind::kInvalidRequest, reasons::kCredentialInvalid, what);
}

class FileCertificate final : public ClientCertificate {
 public:
  FileCertificate(OpenSslPtr<EVP_PKEY> key, ChainFacts facts)
      : ClientCertificate(std::move(facts)), key_(std::move(key)) {}

  Result<std::string> Sign(AssertionAlgorithm algorithm, std::string_view bytes) const override {
    std::string signature = SignWith(key_.get(), algorithm, bytes);
    if (!signature.empty()) return signature;
    return Fail(ErrorKind::kInternal, reasons::kSigningFailed,
                "OpenSSL could not sign: " + TakeOpenSslReason());
  }

 private:
  const OpenSslPtr<EVP_PKEY> key_;
};

// A key and the certificates that came with it, in no order.
struct Contents {
  OpenSslPtr<EVP_PKEY> key;
  std::vector<OpenSslPtr<X509>> certificates;
};

// ---- PEM -------------------------------------------------------------------------------------

constexpr std::string_view kPemBegin = "-----BEGIN ";
constexpr std::string_view kPemKeyEnd = "PRIVATE KEY-----";

int CountPrivateKeys(std::string_view text) {
  int count = 0;
  for (auto at = text.find(kPemBegin); at != text.npos; at = text.find(kPemBegin, at + 1)) {
    const std::string_view line = text.substr(at, text.find('\n', at) - at);
    if (line.find(kPemKeyEnd) != line.npos) ++count;
  }
  return count;
}

int GivePassword(char* buffer, int size, int, void* given) {
  const std::string_view password = static_cast<const Secret*>(given)->RevealSecret();
  if (password.empty() || password.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(buffer, password.data(), password.size());
  return static_cast<int>(password.size());
}

Result<Contents> ReadPem(std::string_view text, const Secret& password) {
  const int keys = CountPrivateKeys(text);
  if (keys != 1) {
    return Invalid("expected one private key in the PEM text, got " + std::to_string(keys));
  }
  Contents contents;
  const OpenSslPtr<BIO> reader = ReaderOf(text);
  contents.key.reset(
      PEM_read_bio_PrivateKey(reader.get(), nullptr, GivePassword, const_cast<Secret*>(&password)));
  if (!contents.key) {
    return Invalid(password.empty() ? "the private key is damaged, or encrypted and no password "
                                      "was given"
                                    : "the private key is damaged, or its password is another");
  }
  contents.certificates = ReadPemCertificates(text);
  return contents;
}

// ---- PKCS#12 ---------------------------------------------------------------------------------

// Older versions of Windows write RC2-40, which OpenSSL 3 keeps in a provider of its own. It is
// loaded for reading such files and for nothing else; where it is not installed, they are refused.
OSSL_LIB_CTX* ContextOfOldCiphers() {
  static OSSL_LIB_CTX* const context = [] {
    OSSL_LIB_CTX* made = OSSL_LIB_CTX_new();
    if (made == nullptr || OSSL_PROVIDER_load(made, "default") == nullptr) std::abort();
    if (OSSL_PROVIDER_load(made, "legacy") == nullptr) ERR_clear_error();
    return made;
  }();
  return context;
}

// The same key without a tie to the context that it was read in.
OpenSslPtr<EVP_PKEY> Detach(const EVP_PKEY* key) {
  const OpenSslPtr<PKCS8_PRIV_KEY_INFO> plain(EVP_PKEY2PKCS8(key));
  return OpenSslPtr<EVP_PKEY>(plain ? EVP_PKCS82PKEY(plain.get()) : nullptr);
}

std::vector<OpenSslPtr<X509>> Adopt(X509* leaf, STACK_OF(X509) * others) {
  std::vector<OpenSslPtr<X509>> all;
  if (leaf != nullptr) all.emplace_back(leaf);
  for (int i = 0; i < sk_X509_num(others); ++i) all.emplace_back(sk_X509_value(others, i));
  sk_X509_free(others);
  return all;
}

Result<Contents> ReadPkcs12(std::string_view bytes, const Secret& password) {
  const OpenSslPtr<BIO> reader = ReaderOf(bytes);
  OpenSslPtr<PKCS12> box(PKCS12_init_ex(NID_pkcs7_data, ContextOfOldCiphers(), nullptr));
  PKCS12* raw = box.release();
  const bool is_pkcs12 = d2i_PKCS12_bio(reader.get(), &raw) != nullptr;
  box.reset(raw);  // null if a failure freed it
  if (!is_pkcs12) return Invalid("expected a PEM text or a PKCS#12 file");
  std::string text(password.RevealSecret());
  text.push_back('\0');
  const Secret terminated(std::move(text));
  EVP_PKEY* key = nullptr;
  X509* leaf = nullptr;
  STACK_OF(X509)* others = nullptr;
  if (PKCS12_parse(box.get(), terminated.RevealSecret().data(), &key, &leaf, &others) != 1) {
    return Invalid("the PKCS#12 file is damaged, or its password is another: " +
                   TakeOpenSslReason());
  }
  const OpenSslPtr<EVP_PKEY> attached(key);
  Contents contents{nullptr, Adopt(leaf, others)};
  if (!attached) return Invalid("expected a private key in the PKCS#12 file");
  contents.key = Detach(attached.get());
  if (!contents.key) return Invalid("the private key cannot be used: " + TakeOpenSslReason());
  return contents;
}

}  // namespace

Result<std::shared_ptr<const ClientCertificate>> ParseClientCertificate(const Secret& file,
                                                                        const Secret& password) {
  const std::string_view bytes = file.RevealSecret();
  const bool is_pem = bytes.find(kPemBegin) != bytes.npos;
  TRY(Contents contents, is_pem ? ReadPem(bytes, password) : ReadPkcs12(bytes, password));
  if (!IsUsableRsa(contents.key.get())) return Invalid("expected an RSA key of 2048 to 8192 bits");
  TRY(CertificateChain chain,
      ArrangeChain(std::move(contents.certificates), ModulusOf(contents.key.get())));
  // The modulus is public. A damaged private half shows when it signs.
  const std::string signature =
      SignWith(contents.key.get(), AssertionAlgorithm::kPs256, "self-test");
  if (!VerifiesWith(chain.public_key(), AssertionAlgorithm::kPs256, "self-test", signature)) {
    return Invalid("the private key does not sign what its certificate verifies");
  }
  return std::make_shared<const FileCertificate>(std::move(contents.key), std::move(chain.facts));
}

}  // namespace openimds
