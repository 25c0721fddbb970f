// SPDX-License-Identifier: Apache-2.0
#include "crypto/signing_key.h"

#include <gmock/gmock.h>
#include <openssl/pem.h>

#include <string>
#include <thread>
#include <vector>

#include "base/reasons.h"
#include "crypto/digest.h"
#include "crypto/openssl_ptr.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

const Time kNow = FromUnixSeconds(1'700'000'000);

// Keys are dear to make: one for all tests, and another to be the wrong one.
const SigningKey& Key() {
  static const auto key = SigningKey::Generate("OpenIMDS test", kNow);
  return **key;
}
const SigningKey& OtherKey() {
  static const auto key = SigningKey::Generate("OpenIMDS other", kNow);
  return **key;
}

std::string Pem(const SigningKey& key) { return std::string(key.ToPem().RevealSecret()); }
std::string PrivatePart(const std::string& pem) { return pem.substr(0, pem.find("-----BEGIN C")); }
std::string Certificate(const std::string& pem) { return pem.substr(pem.find("-----BEGIN C")); }

// `pem` with another character in place of the one that holds this byte of the private key's DER.
std::string DamagedAt(std::size_t byte, std::string pem) {
  const std::size_t at = pem.find('\n') + 1 + byte / 48 * 65 + byte % 48 * 4 / 3;
  pem[at] = pem[at] == 'A' ? 'B' : 'A';
  return pem;
}
constexpr std::size_t kInModulus = 100, kInExponent = 400, kInFirstPrime = 620;

OpenSslPtr<X509> ParseCertificate(const std::string& der) {
  const unsigned char* data = AsBytes(std::string_view(der));
  return OpenSslPtr<X509>(d2i_X509(nullptr, &data, static_cast<long>(der.size())));
}

TEST(SigningKeyTest, ASignatureVerifies) {
  const auto signature = Key().SignRs256("some bytes");
  ASSERT_THAT(signature, IsOk());
  EXPECT_EQ(signature->size(), 256u);
  EXPECT_TRUE(VerifyRs256(Key().jwk(), "some bytes", *signature));
}

TEST(SigningKeyTest, AFlippedBitDoesNotVerify) {
  const std::string signature = *Key().SignRs256("some bytes");
  for (const std::size_t at : {0u, 100u, 255u}) {
    std::string flipped = signature;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    EXPECT_FALSE(VerifyRs256(Key().jwk(), "some bytes", flipped)) << at;
  }
  EXPECT_FALSE(VerifyRs256(Key().jwk(), "some bytez", signature));
  EXPECT_FALSE(VerifyRs256(Key().jwk(), "some bytes", signature.substr(1)));
  EXPECT_FALSE(VerifyRs256(Key().jwk(), "some bytes", ""));
  EXPECT_FALSE(VerifyRs256(OtherKey().jwk(), "some bytes", signature));
}

TEST(SigningKeyTest, NothingVerifiesWithAKeyThatIsNone) {
  const std::string signature = *Key().SignRs256("x");
  PublicJwk jwk = Key().jwk();
  jwk.n = "";
  EXPECT_FALSE(VerifyRs256(jwk, "x", signature));
  jwk.n = Base64UrlEncode("too short");
  EXPECT_FALSE(VerifyRs256(jwk, "x", signature));
  jwk = Key().jwk();
  jwk.e = "not base64!";
  EXPECT_FALSE(VerifyRs256(jwk, "x", signature));
}

TEST(SigningKeyTest, SurvivesTheRoundTripThroughPem) {
  const std::string pem = Pem(Key());
  EXPECT_THAT(pem, testing::StartsWith("-----BEGIN PRIVATE KEY-----\n"));
  const auto parsed = SigningKey::Parse(Secret(pem));
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ((*parsed)->jwk().kid, Key().jwk().kid);
  EXPECT_EQ(Pem(**parsed), pem);
  EXPECT_TRUE(VerifyRs256(Key().jwk(), "x", *(*parsed)->SignRs256("x")));
}

TEST(SigningKeyTest, RefusesAPemThatIsNotAKeyWithItsCertificate) {
  const std::string pem = Pem(Key());
  const std::string other = Pem(OtherKey());
  for (const std::string& text : {std::string(), std::string("nonsense"), PrivatePart(pem),
                                  Certificate(pem), PrivatePart(pem) + Certificate(other),
                                  pem.substr(0, pem.size() / 2), DamagedAt(kInModulus, pem)}) {
    EXPECT_THAT(SigningKey::Parse(Secret(text)), FailsWith(reasons::kCryptoFailed));
  }
}

// OpenSSL signs well with one damaged part of a private key, by way of the others; not with two.
TEST(SigningKeyTest, RefusesAPrivateKeyThatSignsWrongly) {
  const std::string damaged = DamagedAt(kInFirstPrime, DamagedAt(kInExponent, Pem(Key())));
  const auto refused = SigningKey::Parse(Secret(damaged));
  ASSERT_THAT(refused, FailsWith(reasons::kCryptoFailed));
  EXPECT_THAT(refused.error().message, testing::HasSubstr("does not sign"));
}

TEST(SigningKeyTest, RefusesAnEncryptedKeyWithoutAskingForAPassphrase) {
  const std::string encrypted =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
      "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgWVIxSQJLkBAICCAAw\n"
      "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEOSkbLCyBlC0Xk2s8ydYeZIEgZD1\n"
      "-----END ENCRYPTED PRIVATE KEY-----\n";
  EXPECT_THAT(SigningKey::Parse(Secret(encrypted)), FailsWith(reasons::kCryptoFailed));
}

TEST(SigningKeyTest, RefusesAKeyThatIsNotRsa2048) {
  const OpenSslPtr<EVP_PKEY> key(EVP_EC_gen("P-256"));
  const OpenSslPtr<BIO> bio(BIO_new(BIO_s_mem()));
  ASSERT_EQ(
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr),
      1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  const std::string pem(data, static_cast<std::size_t>(size));
  EXPECT_THAT(SigningKey::Parse(Secret(pem + Certificate(Pem(Key())))),
              FailsWith(reasons::kCryptoFailed));
}

TEST(SigningKeyTest, NoFailureQuotesThePrivateKey) {
  const std::string pem = PrivatePart(Pem(Key()));
  const auto failed = SigningKey::Parse(Secret(pem));
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, testing::Not(testing::HasSubstr(pem.substr(64, 20))));
}

TEST(SigningKeyTest, TheKidIsTheThumbprintOfTheCertificate) {
  const PublicJwk& jwk = Key().jwk();
  std::string der;
  ASSERT_TRUE(Base64Decode(jwk.x5c, &der));
  EXPECT_EQ(jwk.x5t, Base64UrlEncode(Sha1(der)));
  EXPECT_EQ(jwk.kid, jwk.x5t);
  EXPECT_EQ(jwk.e, "AQAB");
  std::string n;
  ASSERT_TRUE(Base64UrlDecode(jwk.n, &n));
  EXPECT_EQ(n.size(), 256u);
}

TEST(SigningKeyTest, TheCertificateIsSelfSignedForTenYears) {
  std::string der;
  ASSERT_TRUE(Base64Decode(Key().jwk().x5c, &der));
  const auto certificate = ParseCertificate(der);
  ASSERT_TRUE(certificate);
  EXPECT_EQ(X509_verify(certificate.get(), X509_get0_pubkey(certificate.get())), 1);
  char name[128];
  X509_NAME_oneline(X509_get_subject_name(certificate.get()), name, sizeof name);
  EXPECT_STREQ(name, "/CN=OpenIMDS test");
  X509_NAME_oneline(X509_get_issuer_name(certificate.get()), name, sizeof name);
  EXPECT_STREQ(name, "/CN=OpenIMDS test");
  int days = 0, seconds = 0;
  ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(certificate.get()),
                 X509_get0_notAfter(certificate.get()));
  EXPECT_EQ(days, 3652);
  time_t begin = ToUnixSeconds(kNow) - 3600;
  EXPECT_EQ(ASN1_TIME_cmp_time_t(X509_get0_notBefore(certificate.get()), begin), 0);
}

TEST(SigningKeyTest, RefusesACommonNameThatX509DoesNotTake) {
  EXPECT_THAT(SigningKey::Generate(std::string(65, 'a'), kNow), FailsWith(reasons::kCryptoFailed));
}

TEST(SigningKeyTest, ManyThreadsSignAtOnce) {
  std::vector<std::thread> threads;
  std::vector<std::string> signatures(4);
  for (auto& signature : signatures) {
    threads.emplace_back([&signature] {
      for (int i = 0; i < 5; ++i) signature = *Key().SignRs256("same");
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& signature : signatures) EXPECT_EQ(signature, signatures.front());
  EXPECT_TRUE(VerifyRs256(Key().jwk(), "same", signatures.front()));
}

}  // namespace
}  // namespace openimds
