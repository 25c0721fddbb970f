// SPDX-License-Identifier: Apache-2.0
#include "crypto/assertion.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "testing/matchers.h"
#include "testing/sample_certificate.h"

namespace openimds {
namespace {

using testing::HasSubstr;
using testing::Not;

class AssertionTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    sample_ = new SampleCertificate(MakeSampleCertificate());
    certificate_ = *ParseClientCertificate(Secret(sample_->both()), Secret());
  }
  static void TearDownTestSuite() {
    certificate_ = nullptr;
    delete sample_;
  }

  static std::string Sign(AssertionAlgorithm algorithm, bool with_chain = false) {
    return std::string(
        SignAssertion(*certificate_, algorithm, {{"iss", "me"}}, with_chain)->RevealSecret());
  }
  static std::string HeaderOf(const std::string& jwt) {
    std::string text;
    Base64UrlDecode(jwt.substr(0, jwt.find('.')), &text);
    return text;
  }
  static std::string Made(const std::string& header, const std::string& claims = "{}") {
    return Base64UrlEncode(header) + "." + Base64UrlEncode(claims) + ".AAAA";
  }

  static SampleCertificate* sample_;
  static std::shared_ptr<const ClientCertificate> certificate_;
};
SampleCertificate* AssertionTest::sample_ = nullptr;
std::shared_ptr<const ClientCertificate> AssertionTest::certificate_;

TEST_F(AssertionTest, WhatIsSignedIsReadAndVerifiedByTheCertificate) {
  const auto known = *PublicCertificate::Parse(sample_->certificate);
  for (const auto algorithm : {AssertionAlgorithm::kPs256, AssertionAlgorithm::kRs256}) {
    const auto read = ReadAssertion(Sign(algorithm));
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(read->algorithm, algorithm);
    EXPECT_EQ(read->claims.at("iss"), "me");
    EXPECT_TRUE(known.Verify(algorithm, read->signing_input, read->signature));
  }
  EXPECT_EQ(ReadAssertion(Sign(AssertionAlgorithm::kPs256))->x5t_s256, known.thumbprints().sha256);
  EXPECT_EQ(ReadAssertion(Sign(AssertionAlgorithm::kRs256))->x5t, known.thumbprints().sha1);
}

TEST_F(AssertionTest, HeadersAreThoseOfTheProtocol) {
  EXPECT_THAT(HeaderOf(Sign(AssertionAlgorithm::kPs256)),
              testing::AllOf(HasSubstr(R"("typ":"JWT","alg":"PS256","x5t#S256":")"),
                             Not(HasSubstr("x5c")), Not(HasSubstr("="))));
  EXPECT_THAT(HeaderOf(Sign(AssertionAlgorithm::kRs256)),
              HasSubstr(R"("typ":"JWT","alg":"RS256","x5t":")"));
  EXPECT_THAT(HeaderOf(Sign(AssertionAlgorithm::kPs256, true)), HasSubstr(R"("x5c":["MII)"));
}

TEST_F(AssertionTest, TakesThumbprintsInBothAlphabetsPaddedOrNot) {
  std::string bytes(32, '\xff');
  bytes[0] = '\xfb';
  const std::string standard = Base64Encode(bytes), url = Base64UrlEncode(bytes);
  ASSERT_NE(standard, url + "=");
  for (const std::string& text :
       {standard, url, url + "=", standard.substr(0, standard.size() - 1)}) {
    const auto read = ReadAssertion(Made(R"({"alg":"PS256","x5t#S256":")" + text + R"("})"));
    ASSERT_THAT(read, IsOk()) << text;
    EXPECT_EQ(read->x5t_s256, bytes) << text;
  }
  EXPECT_EQ(ReadAssertion(Made(R"({"alg":"PS256","x5t#S256":"AAAA"})"))->x5t_s256, "");
}

TEST_F(AssertionTest, Attack40RefusesOtherAlgorithmsAndMalformedOnes) {
  for (const std::string& jwt :
       {std::string(), std::string("a.b"), Made(R"({"alg":"none"})"), Made(R"({"alg":"HS256"})"),
        Made(R"({"alg":"ES256"})"), Made(R"({"alg":"PS256","crit":["x"]})"),
        Made(R"({"alg":"PS256","b64":false})"), Made(R"({"alg":"PS256","typ":"at+jwt"})"),
        Made(R"({"alg":"PS256","alg":"RS256"})"), Made("{}"), Made("[]"),
        Made(R"({"alg":"PS256"})", "[]"), Made(R"({"alg":"PS256"})", R"({"a":1,"a":2})"),
        Made(R"({"alg":"PS256"})") + "=", Made(R"({"alg":"PS256"})") + ".AAAA",
        Made(R"({"alg":"PS256"})", "{\"a\":\"" + std::string(20'000, 'x') + "\"}")}) {
    const auto read = ReadAssertion(jwt);
    ASSERT_THAT(read, FailsWith(reasons::kTokenInvalid)) << jwt.substr(0, 80);
    const std::string begin = jwt.substr(0, 10);
    EXPECT_TRUE(begin.size() < 10 || read.error().message.find(begin) == std::string::npos);
  }
}

TEST_F(AssertionTest, ARegisteredCertificateMustBeAloneAndRsa) {
  EXPECT_THAT(PublicCertificate::Parse(sample_->certificate), IsOk());
  std::string der;
  ASSERT_TRUE(Base64Decode(PublicCertificate::Parse(sample_->certificate)->der_base64(), &der));
  EXPECT_THAT(PublicCertificate::Parse(der), IsOk());
  EXPECT_EQ(PublicCertificate::Parse(der)->subject(), "CN=sample");
  for (const std::string& text :
       {std::string(), std::string("x"), sample_->both(), der.substr(0, der.size() / 2)}) {
    EXPECT_THAT(PublicCertificate::Parse(text), FailsWith(reasons::kCredentialInvalid));
  }
}

TEST_F(AssertionTest, KeySetsOfForeignIssuersVerify) {
  const auto key = *SigningKey::Parse(Secret(sample_->both()));
  const PublicJwk jwk = key->jwk();
  const std::string good = R"({"keys":[{"kty":"EC","kid":"e"},{"kty":"RSA","use":"enc","kid":"n"},)"
                           R"({"kty":"RSA","kid":"k","n":")" +
                           jwk.n + R"(","e":")" + jwk.e + R"("}]})";
  const auto keys = ParseJwks(good);
  ASSERT_THAT(keys, IsOk());
  ASSERT_EQ(keys->size(), 1U);
  EXPECT_EQ(keys->front().kid, "k");
  for (const auto algorithm : {AssertionAlgorithm::kPs256, AssertionAlgorithm::kRs256}) {
    const auto signature = certificate_->Sign(algorithm, "bytes");
    EXPECT_TRUE(VerifySignature(algorithm, keys->front(), "bytes", *signature));
    EXPECT_FALSE(VerifySignature(algorithm, keys->front(), "byteS", *signature));
  }
  const auto other = AssertionAlgorithm::kRs256;
  EXPECT_FALSE(VerifySignature(other, keys->front(), "bytes",
                               *certificate_->Sign(AssertionAlgorithm::kPs256, "bytes")));
}

// One of an RSA key set whose members are `more` and those of the sample's key.
std::string KeySet(const PublicJwk& jwk, const std::string& more) {
  return R"({"keys":[{"kty":"RSA","n":")" + jwk.n + R"(","e":")" + jwk.e + "\"" + more + "}]}";
}

TEST_F(AssertionTest, KeysOfOtherUsesAndWeakOnesAreSkipped) {
  const PublicJwk jwk = (*SigningKey::Parse(Secret(sample_->both())))->jwk();
  for (const char* more :
       {"", R"(,"use":"sig")", R"(,"alg":"RS256")", R"(,"key_ops":["verify"])"}) {
    EXPECT_THAT(ParseJwks(KeySet(jwk, more)), IsOk()) << more;
  }
  for (const char* more : {R"(,"use":"enc")", R"(,"use":1)", R"(,"alg":"RS512")", R"(,"alg":null)",
                           R"(,"key_ops":["sign"])", R"(,"key_ops":"verify")"}) {
    EXPECT_THAT(ParseJwks(KeySet(jwk, more)), FailsWith(reasons::kTokenInvalid)) << more;
  }
  PublicJwk weak = jwk;
  weak.n = jwk.n.substr(0, 172);  // 1,032 bits
  EXPECT_THAT(ParseJwks(KeySet(weak, "")), FailsWith(reasons::kTokenInvalid));
  // 1: every message is its own signature. 2 and 65536 are no exponents. "AQAB=" is not base64url.
  for (const char* exponent : {"", "AQ", "Ag", "AQAA", "AQAB=", "////"}) {
    PublicJwk bad = jwk;
    bad.e = exponent;
    EXPECT_THAT(ParseJwks(KeySet(bad, "")), FailsWith(reasons::kTokenInvalid)) << exponent;
    EXPECT_FALSE(VerifySignature(AssertionAlgorithm::kRs256, bad, "x",
                                 *certificate_->Sign(AssertionAlgorithm::kRs256, "x")));
  }
}

TEST_F(AssertionTest, AKeyThatNamesItsAlgorithmIsGoodForNoOther) {
  const PublicJwk jwk = (*SigningKey::Parse(Secret(sample_->both())))->jwk();
  const auto keys = ParseJwks(KeySet(jwk, R"(,"alg":"RS256")"));
  ASSERT_THAT(keys, IsOk());
  const auto rs256 = certificate_->Sign(AssertionAlgorithm::kRs256, "x");
  const auto ps256 = certificate_->Sign(AssertionAlgorithm::kPs256, "x");
  EXPECT_TRUE(VerifySignature(AssertionAlgorithm::kRs256, keys->front(), "x", *rs256));
  EXPECT_FALSE(VerifySignature(AssertionAlgorithm::kPs256, keys->front(), "x", *ps256));
}

// attacks.md row 39.
TEST_F(AssertionTest, AKeySetThatPublishesAPrivateKeyIsRefusedWhole) {
  const PublicJwk jwk = (*SigningKey::Parse(Secret(sample_->both())))->jwk();
  for (const char* name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    EXPECT_THAT(ParseJwks(KeySet(jwk, ",\"" + std::string(name) + R"(":"AQAB")")),
                FailsWith(reasons::kTokenInvalid))
        << name;
  }
}

TEST_F(AssertionTest, KeySetsThatAreNoneAreRefused) {
  std::string many = R"({"keys":[)";
  for (int i = 0; i < 101; ++i) many += std::string(i ? "," : "") + R"({"kty":"RSA"})";
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string(R"({"keys":{}})"),
        std::string(R"({"keys":[1]})"), std::string(R"({"keys":[]})"),
        std::string(R"({"keys":[{"kty":"EC"}]})"),
        std::string(R"({"keys":[{"kty":"RSA","d":"x"}]})"),
        std::string(R"({"keys":[{"kty":"oct","k":"x"}]})"), many + "]}"}) {
    EXPECT_THAT(ParseJwks(text), FailsWith(reasons::kTokenInvalid)) << text.substr(0, 60);
  }
}

}  // namespace
}  // namespace openimds
