// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate_maker.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/reasons.h"
#include "crypto/digest.h"
#include "crypto/openssl_rsa.h"

namespace openimds {
namespace {

constexpr std::chrono::hours kBackdating{1};  // clients' clocks may be a little behind
constexpr std::chrono::hours kCaLifetime{24 * 3652};
constexpr std::chrono::hours kServerLifetime{24 * 397};
constexpr std::chrono::hours kDocumentSignerLifetime{24 * 90};
constexpr std::size_t kCommonNameLimit = 64;  // X.520's

using GeneralNames = std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)>;

tl::unexpected<Error> CryptoFailure(const std::string& what) {
  return Fail(ErrorKind::kInternal, reasons::kCryptoFailed, what + ": " + TakeOpenSslReason());
}

tl::unexpected<Error> NoName(const std::string& name) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kCryptoFailed,
              "expected a DNS name or an IP address for the certificate, got '" + name + "'");
}

OpenSslPtr<BIO> Reader(std::string_view text) {
  return OpenSslPtr<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string Contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

OpenSslPtr<X509> ParseCertificate(std::string_view pem) {
  const auto bio = Reader(pem);
  return OpenSslPtr<X509>(bio ? PEM_read_bio_X509(bio.get(), nullptr, RefusePassphrase, nullptr)
                              : nullptr);
}

// ---- names -----------------------------------------------------------------------------------

bool IsDnsName(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '*';
  };
  return !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), allowed);
}

std::string WithoutBrackets(const std::string& name) {
  const bool bracketed = name.size() > 2 && name.front() == '[' && name.back() == ']';
  return bracketed ? name.substr(1, name.size() - 2) : name;
}

bool AddName(GENERAL_NAMES* names, int type, void* value) {
  GENERAL_NAME* name = value != nullptr ? GENERAL_NAME_new() : nullptr;
  if (name == nullptr) return false;
  GENERAL_NAME_set0_value(name, type, value);
  return sk_GENERAL_NAME_push(names, name) > 0;
}

Result<GeneralNames> ToGeneralNames(const std::vector<std::string>& texts) {
  GeneralNames names(GENERAL_NAMES_new(), GENERAL_NAMES_free);
  for (const std::string& text : texts) {
    if (ASN1_OCTET_STRING* ip = a2i_IPADDRESS(WithoutBrackets(text).c_str())) {
      AddName(names.get(), GEN_IPADD, ip);
      continue;
    }
    ERR_clear_error();
    if (!IsDnsName(text)) return NoName(text);
    ASN1_IA5STRING* dns = ASN1_IA5STRING_new();
    ASN1_STRING_set(dns, text.data(), static_cast<int>(text.size()));
    AddName(names.get(), GEN_DNS, dns);
  }
  if (sk_GENERAL_NAME_num(names.get()) != static_cast<int>(texts.size()) || texts.empty()) {
    return CryptoFailure("could not put the certificate's names together");
  }
  return names;
}

std::string_view BytesOf(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

// Empty for kinds of names that we do not issue.
std::string ToText(const GENERAL_NAME* name) {
  int type = 0;
  const void* value = GENERAL_NAME_get0_value(name, &type);
  if (type != GEN_DNS && type != GEN_IPADD) return {};
  const std::string_view bytes = BytesOf(static_cast<const ASN1_STRING*>(value));
  if (type == GEN_DNS) return std::string(bytes);
  char text[INET6_ADDRSTRLEN];
  const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
  if (bytes.size() != 4 && bytes.size() != 16) return {};
  return inet_ntop(family, bytes.data(), text, sizeof text);
}

// ---- certificates ----------------------------------------------------------------------------

bool SetSubject(X509* certificate, std::string_view common_name) {
  common_name = common_name.substr(0, kCommonNameLimit);
  return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                    AsBytes(common_name), static_cast<int>(common_name.size()), -1,
                                    0) == 1;
}

bool AddExtension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  const bool added = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

// A certificate for a new key that lacks nothing but extensions and a signature.
struct Draft {
  OpenSslPtr<EVP_PKEY> key;
  OpenSslPtr<X509> certificate;
};

Result<Draft> MakeDraft(EVP_PKEY* new_key, std::string_view common_name, Time now,
                        std::chrono::hours lifetime) {
  Draft draft{OpenSslPtr<EVP_PKEY>(new_key), OpenSslPtr<X509>(X509_new())};
  X509* const certificate = draft.certificate.get();
  const bool made = draft.key && certificate != nullptr &&
                    X509_set_version(certificate, X509_VERSION_3) == 1 && SetSerial(certificate) &&
                    SetSubject(certificate, common_name) &&
                    SetValidity(certificate, now - kBackdating, now + lifetime) &&
                    X509_set_pubkey(certificate, draft.key.get()) == 1;
  if (!made) return CryptoFailure("could not make a key and its certificate");
  return draft;
}

Secret ToPem(const EVP_PKEY* key) {
  const OpenSslPtr<BIO> bio(BIO_new(BIO_s_secmem()));  // wiped when freed
  if (!bio ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    std::abort();  // only memory can be missing
  }
  return Secret(Contents(bio.get()));
}

std::string ToPem(const X509* certificate) {
  const OpenSslPtr<BIO> bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_X509(bio.get(), certificate) != 1) std::abort();  // as above
  return Contents(bio.get());
}

Result<MadeCertificate> FinishCa(const Draft& draft) {
  X509* const ca = draft.certificate.get();
  const bool made = X509_set_issuer_name(ca, X509_get_subject_name(ca)) == 1 &&
                    AddExtension(ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                    AddExtension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                    AddExtension(ca, ca, NID_subject_key_identifier, "hash") &&
                    AddExtension(ca, ca, NID_authority_key_identifier, "keyid:always") &&
                    X509_sign(ca, draft.key.get(), FetchedSha256()) > 0;
  if (!made) return CryptoFailure("could not make the authority's certificate");
  return MadeCertificate{ToPem(ca), ToPem(draft.key.get())};
}

// `usage` is what the key is for, as OpenSSL's configuration writes it.
Result<MadeCertificate> FinishLeaf(const MadeCertificate& ca, const Draft& draft,
                                   const std::vector<std::string>& names, const char* usage) {
  const OpenSslPtr<X509> issuer = ParseCertificate(ca.certificate_pem);
  const auto key_reader = Reader(ca.key_pem.RevealSecret());
  const OpenSslPtr<EVP_PKEY> issuer_key(
      PEM_read_bio_PrivateKey(key_reader.get(), nullptr, RefusePassphrase, nullptr));
  if (!issuer || !issuer_key) return CryptoFailure("could not read the authority's certificate");
  if (X509_check_private_key(issuer.get(), issuer_key.get()) != 1) {
    return CryptoFailure("the authority's certificate is not that of its key");
  }
  TRY(const GeneralNames san, ToGeneralNames(names));
  X509* const leaf = draft.certificate.get();
  const bool made =
      X509_set_issuer_name(leaf, X509_get_subject_name(issuer.get())) == 1 &&
      AddExtension(leaf, issuer.get(), NID_basic_constraints, "critical,CA:FALSE") &&
      AddExtension(leaf, issuer.get(), NID_key_usage, "critical,digitalSignature") &&
      AddExtension(leaf, issuer.get(), NID_ext_key_usage, usage) &&
      AddExtension(leaf, issuer.get(), NID_subject_key_identifier, "hash") &&
      AddExtension(leaf, issuer.get(), NID_authority_key_identifier, "keyid:always") &&
      X509_add1_ext_i2d(leaf, NID_subject_alt_name, san.get(), 0, X509V3_ADD_DEFAULT) == 1 &&
      X509_sign(leaf, issuer_key.get(), FetchedSha256()) > 0;
  if (!made) return CryptoFailure("could not make a certificate under the authority");
  return MadeCertificate{ToPem(leaf), ToPem(draft.key.get())};
}

std::string SubjectFor(const std::vector<std::string>& names) {
  return names.empty() ? std::string() : WithoutBrackets(names.front());
}

}  // namespace

Result<MadeCertificate> MakeCa(std::string_view common_name, Time now) {
  TRY(const Draft draft, MakeDraft(EVP_EC_gen("P-256"), common_name, now, kCaLifetime));
  return FinishCa(draft);
}

Result<MadeCertificate> MakeDocumentCa(std::string_view common_name, Time now) {
  TRY(const Draft draft, MakeDraft(EVP_RSA_gen(3072), common_name, now, kCaLifetime));
  return FinishCa(draft);
}

Result<MadeCertificate> IssueServerCertificate(const MadeCertificate& ca,
                                               const std::vector<std::string>& names, Time now) {
  TRY(const Draft draft, MakeDraft(EVP_EC_gen("P-256"), SubjectFor(names), now, kServerLifetime));
  return FinishLeaf(ca, draft, names, "serverAuth");
}

Result<MadeCertificate> IssueDocumentSigner(const MadeCertificate& ca,
                                            const std::vector<std::string>& names, Time now) {
  // `openssl cms -verify` asks for the first of the two; RFC 9336 has the second for this very use.
  constexpr char kUsage[] = "emailProtection,1.3.6.1.5.5.7.3.36";
  TRY(const Draft draft,
      MakeDraft(EVP_RSA_gen(2048), SubjectFor(names), now, kDocumentSignerLifetime));
  return FinishLeaf(ca, draft, names, kUsage);
}

Result<CertificateFacts> ReadCertificate(std::string_view pem) {
  const OpenSslPtr<X509> certificate = ParseCertificate(pem);
  if (!certificate) return CryptoFailure("expected a certificate in PEM");
  const auto not_before = ToTime(X509_get0_notBefore(certificate.get()));
  const auto not_after = ToTime(X509_get0_notAfter(certificate.get()));
  if (!not_before || !not_after) return CryptoFailure("the certificate's times cannot be read");
  CertificateFacts facts{*not_before, *not_after, {}};
  const GeneralNames san(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(
                             certificate.get(), NID_subject_alt_name, nullptr, nullptr)),
                         GENERAL_NAMES_free);
  for (int i = 0; i < sk_GENERAL_NAME_num(san.get()); ++i) {
    if (std::string name = ToText(sk_GENERAL_NAME_value(san.get(), i)); !name.empty()) {
      facts.names.push_back(std::move(name));
    }
  }
  ERR_clear_error();
  return facts;
}

}  // namespace openimds
