// SPDX-License-Identifier: Apache-2.0
#include "crypto/jwt.h"

#include <gmock/gmock.h>
#include <openssl/hmac.h>

#include <string>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/json_object.h"
#include "crypto/openssl_ptr.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

constexpr std::int64_t kNowSeconds = 1'700'000'000;
const Time kNow = FromUnixSeconds(kNowSeconds);

const SigningKey& Key() {
  static const auto key = SigningKey::Generate("OpenIMDS test", kNow);
  return **key;
}
const SigningKey& OtherKey() {
  static const auto key = SigningKey::Generate("OpenIMDS other", kNow);
  return **key;
}

// A token with a header and claims of one's own that Key() really signed.
std::string SignedAs(std::string_view header, std::string_view claims) {
  std::string token = Base64UrlEncode(header) + "." + Base64UrlEncode(claims);
  return token + "." + Base64UrlEncode(*Key().SignRs256(token));
}

std::string Header(std::string_view more) {
  return R"({"alg":"RS256","kid":")" + Key().jwk().kid + "\"" + std::string(more) + "}";
}

std::string Lasting(std::string_view more = "") {
  return R"({"exp":1700000060)" + std::string(more) + "}";
}

std::string Signed(std::string_view claims) {
  return std::string(SignJwt(Key(), claims)->RevealSecret());
}

Result<VerifiedJwt> Verify(std::string_view token, Time now = kNow) {
  return VerifyJwt(token, {OtherKey().jwk(), Key().jwk()}, now);
}

TEST(JwtTest, WhatWasSignedVerifies) {
  const auto verified = Verify(Signed(Lasting(R"(,"sub":"x/y")")));
  ASSERT_THAT(verified, IsOk());
  EXPECT_EQ(verified->claims().at("sub"), "x/y");
  EXPECT_EQ(verified->expires_on(), FromUnixSeconds(1'700'000'060));
}

TEST(JwtTest, TheHeaderSaysTypAlgX5tKidInThisOrder) {
  const auto jwt = ReadJwt(Signed(Lasting()));
  ASSERT_THAT(jwt, IsOk());
  const std::string kid = Key().jwk().kid;
  EXPECT_EQ(jwt->header,
            R"({"typ":"JWT","alg":"RS256","x5t":")" + kid + R"(","kid":")" + kid + "\"}");
  EXPECT_EQ(jwt->kid, kid);
  EXPECT_EQ(jwt->claims, Lasting());
}

TEST(JwtTest, AFlippedBitAnywhereIsRefused) {
  const std::string token = Signed(Lasting(R"(,"sub":"somebody")"));
  for (std::size_t at = 0; at < token.size(); at += 7) {
    std::string flipped = token;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    EXPECT_THAT(Verify(flipped), FailsWith(reasons::kTokenInvalid)) << at;
  }
}

// attacks.md row 40.
TEST(JwtTest, AlgNoneIsRefused) {
  for (const char* alg : {"none", "None", "NONE", "nOnE", "", " RS256", "rs256", "RS256\\u0000"}) {
    const std::string header =
        R"({"typ":"JWT","alg":")" + std::string(alg) + R"(","kid":")" + Key().jwk().kid + "\"}";
    const std::string unsigned_token =
        Base64UrlEncode(header) + "." + Base64UrlEncode(Lasting()) + ".";
    EXPECT_THAT(Verify(unsigned_token), FailsWith(reasons::kTokenInvalid)) << alg;
    EXPECT_THAT(ReadJwt(unsigned_token), FailsWith(reasons::kTokenInvalid)) << alg;
    EXPECT_THAT(Verify(SignedAs(header, Lasting())), FailsWith(reasons::kTokenInvalid)) << alg;
  }
}

// The classic confusion: the public key, which everyone has, used as the secret of an HMAC.
TEST(JwtTest, Hs256WithThePublicKeyAsItsSecretIsRefused) {
  const std::string header = R"({"alg":"HS256","kid":")" + Key().jwk().kid + "\"}";
  const std::string input = Base64UrlEncode(header) + "." + Base64UrlEncode(Lasting());
  std::string mac(32, '\0');
  HMAC(EVP_sha256(), Key().jwk().n.data(), static_cast<int>(Key().jwk().n.size()),
       AsBytes(std::string_view(input)), input.size(), AsBytes(mac), nullptr);
  EXPECT_THAT(Verify(input + "." + Base64UrlEncode(mac)), FailsWith(reasons::kTokenInvalid));
}

TEST(JwtTest, AHeaderThatIsNotOursIsRefusedEvenIfSigned) {
  ASSERT_THAT(Verify(SignedAs(Header(""), Lasting())), IsOk());
  ASSERT_THAT(Verify(SignedAs(Header(R"(,"typ":"JWT")"), Lasting())), IsOk());
  for (const char* more :
       {R"(,"typ":"at+jwt")", R"(,"typ":1)", R"(,"crit":[])", R"(,"crit":["exp"])",
        R"(,"b64":false)", R"(,"alg":"RS256")", R"(,"kid":"x")"}) {
    EXPECT_THAT(Verify(SignedAs(Header(more), Lasting())), FailsWith(reasons::kTokenInvalid))
        << more;
  }
  for (const char* header :
       {"", "{}", "[]", "null", R"({"alg":"RS256"})", R"({"alg":"RS256","kid":""})",
        R"({"alg":"RS256","kid":1})", R"({"alg":["RS256"],"kid":"x"})"}) {
    EXPECT_THAT(Verify(SignedAs(header, Lasting())), FailsWith(reasons::kTokenInvalid)) << header;
  }
}

TEST(JwtTest, TheKidMustNameTheKeyThatSigned) {
  const std::string token = Signed(Lasting());
  EXPECT_THAT(VerifyJwt(token, {OtherKey().jwk()}, kNow), FailsWith(reasons::kTokenInvalid));
  EXPECT_THAT(VerifyJwt(token, {}, kNow), FailsWith(reasons::kTokenInvalid));

  PublicJwk disguised = OtherKey().jwk();
  disguised.kid = Key().jwk().kid;
  EXPECT_THAT(VerifyJwt(token, {disguised}, kNow), FailsWith(reasons::kTokenInvalid));
}

TEST(JwtTest, TokenWithExpEqualToNowIsExpired) {
  const std::string token = Signed(Lasting());
  EXPECT_THAT(Verify(token, FromUnixSeconds(1'700'000'059)), IsOk());
  EXPECT_THAT(Verify(token, FromUnixSeconds(1'700'000'060)), FailsWith(reasons::kTokenInvalid));
}

TEST(JwtTest, TokenWithNbfEqualToNowIsValid) {
  const std::string token = Signed(Lasting(R"(,"nbf":1700000010)"));
  EXPECT_THAT(Verify(token, FromUnixSeconds(1'700'000'009)), FailsWith(reasons::kTokenInvalid));
  EXPECT_THAT(Verify(token, FromUnixSeconds(1'700'000'010)), IsOk());
}

TEST(JwtTest, ClaimsWithoutAWholeExpiryAreRefusedEvenIfSigned) {
  for (const char* claims :
       {"", "{}", "[]", "null", "{\"exp\":}", R"({"exp":"1700000060"})", R"({"exp":1700000060.5})",
        R"({"exp":1e300})", R"({"exp":-1})", R"({"exp":9223372036854775807})",
        R"({"exp":18446744073709551615})", R"({"exp":1700000060,"nbf":"0"})",
        R"({"exp":1700000060,"nbf":null})", R"({"exp":1700000060,"exp":1800000000})"}) {
    EXPECT_THAT(Verify(Signed(claims)), FailsWith(reasons::kTokenInvalid)) << claims;
  }
}

TEST(JwtTest, WhatIsNotThreeStrictPartsIsRefused) {
  const std::string token = Signed(Lasting());
  const std::size_t dot = token.find('.');
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), std::string("..."), token + ".",
        "." + token, token + "=", token + "\n", " " + token, token.substr(0, token.rfind('.')),
        token.substr(dot + 1), token.substr(0, dot) + "=" + token.substr(dot), "Bearer " + token,
        token + token}) {
    EXPECT_THAT(ReadJwt(text), FailsWith(reasons::kTokenInvalid)) << text;
  }
}

TEST(JwtTest, ATokenOverTheLimitIsRefused) {
  const auto with_claims_of = [](std::size_t size) {
    return Signed(Lasting(R"(,"x":")" + std::string(size, 'x') + "\""));
  };
  EXPECT_THAT(Verify(with_claims_of(11'000)), IsOk());
  EXPECT_THAT(Verify(with_claims_of(13'000)), FailsWith(reasons::kTokenInvalid));
}

TEST(JwtTest, NoRefusalQuotesTheToken) {
  const std::string token = Signed(Lasting());
  const auto refused = Verify(token, FromUnixSeconds(kNowSeconds + 3600));
  ASSERT_FALSE(refused);
  for (const auto part : Split(token, '.')) {
    EXPECT_THAT(refused.error().message, testing::Not(testing::HasSubstr(std::string(part))));
  }
}

}  // namespace
}  // namespace openimds
