// SPDX-License-Identifier: Apache-2.0
#include "crypto/cms.h"

#include <openssl/cms.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/reasons.h"
#include "crypto/openssl_rsa.h"

namespace openimds {

struct CmsSigner::Parts {
  std::vector<OpenSslPtr<X509>> chain;
  OpenSslPtr<EVP_PKEY> key;
};

namespace {

using Certificates = OpenSslPtr<STACK_OF(X509)>;

constexpr std::size_t kMostBytes = 1 << 20;
constexpr int kStrength = 2;  // OpenSSL's level for 112 bits: RSA from 2,048 bits on, no SHA-1

tl::unexpected<Error> CannotSign(const std::string& what) {
  return Fail(ErrorKind::kInternal, reasons::kCryptoFailed, what + ": " + TakeOpenSslReason());
}

tl::unexpected<Error> Malformed(const std::string& what) {
  ERR_clear_error();
  return Fail(ErrorKind::kInvalidRequest, reasons::kAttestationMalformed, what);
}

tl::unexpected<Error> NotBelieved(std::string_view reason, std::string what) {
  ERR_clear_error();
  return Fail(ErrorKind::kForbidden, reason, std::move(what));
}

std::string Contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(std::max(size, 0L))};
}

std::string ToDer(CMS_ContentInfo* message) {
  const OpenSslPtr<BIO> bio(BIO_new(BIO_s_mem()));
  return bio && i2d_CMS_bio(bio.get(), message) == 1 ? Contents(bio.get()) : std::string();
}

std::string SubjectOf(const X509* certificate) {
  const OpenSslPtr<BIO> text(BIO_new(BIO_s_mem()));
  if (!text) return {};
  X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  return Contents(text.get());
}

// ---- reading ---------------------------------------------------------------------------------

// Null unless it is all of `der`.
OpenSslPtr<CMS_ContentInfo> ParseMessage(std::string_view der) {
  if (der.size() > kMostBytes) return nullptr;
  const unsigned char* at = AsBytes(der);
  OpenSslPtr<CMS_ContentInfo> message(
      d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(der.size())));
  return at == AsBytes(der) + der.size() ? std::move(message) : nullptr;
}

bool HoldsItsContent(CMS_ContentInfo* message) {
  if (OBJ_obj2nid(CMS_get0_type(message)) != NID_pkcs7_signed ||
      OBJ_obj2nid(CMS_get0_eContentType(message)) != NID_pkcs7_data) {
    return false;
  }
  ASN1_OCTET_STRING** const content = CMS_get0_content(message);
  return content != nullptr && *content != nullptr;
}

// The content, and in `signer` the certificate whose key signed it, which the message owns.
Result<std::string> CheckSignature(CMS_ContentInfo* message, X509** signer) {
  const OpenSslPtr<BIO> content(BIO_new(BIO_s_mem()));
  // Only the signature: the chain is checked below, on the certificate that it was checked against.
  const int good = CMS_verify(message, nullptr, nullptr, nullptr, content.get(),
                              CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY);
  if (good != 1) {
    return NotBelieved(reasons::kAttestationSignature,
                       "the signature is not one over this document: " + TakeOpenSslReason());
  }
  CMS_SignerInfo* const info = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(message), 0);
  CMS_SignerInfo_get0_algs(info, nullptr, signer, nullptr, nullptr);
  if (*signer == nullptr) return Malformed("expected the signer's certificate in the message");
  return Contents(content.get());
}

// ---- trusting --------------------------------------------------------------------------------

OpenSslPtr<X509_STORE> StoreOf(std::string_view roots_pem) {
  OpenSslPtr<X509_STORE> store;
  for (const auto& root : ReadPemCertificates(roots_pem)) {
    if (!store) store.reset(X509_STORE_new());
    if (!store || X509_STORE_add_cert(store.get(), root.get()) != 1) return nullptr;
  }
  return store;
}

std::string_view ReasonFor(int verify_error) {
  switch (verify_error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return reasons::kAttestationSignerTime;
    case X509_V_ERR_INVALID_PURPOSE:
      return reasons::kAttestationSigner;
    default:
      return reasons::kAttestationChain;
  }
}

Result<void> CheckChain(X509* signer, CMS_ContentInfo* message, X509_STORE* roots, Time now) {
  const Certificates untrusted(CMS_get1_certs(message));
  const OpenSslPtr<X509_STORE_CTX> context(X509_STORE_CTX_new());
  if (!context || X509_STORE_CTX_init(context.get(), roots, signer, untrusted.get()) != 1) {
    return CannotSign("could not check the chain");
  }
  X509_VERIFY_PARAM* const rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(rules, static_cast<time_t>(ToUnixSeconds(now)));
  X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_SMIME_SIGN);
  X509_VERIFY_PARAM_set_auth_level(rules, kStrength);
  if (X509_verify_cert(context.get()) == 1) return {};
  const int error = X509_STORE_CTX_get_error(context.get());
  return NotBelieved(ReasonFor(error), "the signer '" + SubjectOf(signer) + "' is not trusted: " +
                                           X509_verify_cert_error_string(error));
}

}  // namespace

CmsSigner::CmsSigner(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
CmsSigner::~CmsSigner() = default;

Result<std::shared_ptr<const CmsSigner>> CmsSigner::Parse(std::string_view chain_pem,
                                                          const Secret& key_pem) {
  auto parts = std::make_unique<Parts>();
  parts->chain = ReadPemCertificates(chain_pem);
  if (parts->chain.empty()) return CannotSign("expected the signer's certificate in PEM");
  const OpenSslPtr<BIO> key = ReaderOf(key_pem.RevealSecret());
  parts->key.reset(PEM_read_bio_PrivateKey(key.get(), nullptr, RefusePassphrase, nullptr));
  if (!parts->key || X509_check_private_key(parts->chain[0].get(), parts->key.get()) != 1) {
    return CannotSign("expected the private key of the signer's certificate");
  }
  return std::shared_ptr<const CmsSigner>(new CmsSigner(std::move(parts)));
}

Result<std::string> CmsSigner::Sign(std::string_view content) const {
  constexpr unsigned int kFlags = CMS_BINARY | CMS_PARTIAL;
  const OpenSslPtr<BIO> reader = ReaderOf(content);
  const OpenSslPtr<CMS_ContentInfo> message(
      CMS_sign(nullptr, nullptr, nullptr, reader.get(), kFlags));
  bool made = message != nullptr &&
              CMS_add1_signer(message.get(), parts_->chain[0].get(), parts_->key.get(),
                              EVP_sha256(), kFlags | CMS_NOSMIMECAP) != nullptr;
  for (std::size_t i = 1; made && i < parts_->chain.size(); ++i) {
    made = CMS_add1_cert(message.get(), parts_->chain[i].get()) == 1;
  }
  made = made && CMS_final(message.get(), reader.get(), nullptr, kFlags) == 1;
  std::string der = made ? ToDer(message.get()) : std::string();
  if (der.empty()) return CannotSign("could not sign the document");
  return der;
}

Result<VerifiedCms> VerifyCms(std::string_view der, std::string_view roots_pem, Time now) {
  const OpenSslPtr<X509_STORE> roots = StoreOf(roots_pem);
  if (!roots) {
    ERR_clear_error();
    return Fail(ErrorKind::kInvalidRequest, reasons::kArgumentInvalid,
                "expected root certificates in PEM, got none");
  }
  const OpenSslPtr<CMS_ContentInfo> message = ParseMessage(der);
  if (!message) return Malformed("expected one CMS message in DER and nothing behind it");
  if (!HoldsItsContent(message.get())) return Malformed("expected signed data with its content");
  if (sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(message.get())) != 1) {
    return Malformed("expected exactly one signer");
  }
  X509* signer = nullptr;
  TRY(std::string content, CheckSignature(message.get(), &signer));
  TRY_VOID(CheckChain(signer, message.get(), roots.get(), now));
  ERR_clear_error();
  return VerifiedCms{std::move(content), SubjectOf(signer)};
}

}  // namespace openimds
