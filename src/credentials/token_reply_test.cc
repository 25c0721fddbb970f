// SPDX-License-Identifier: Apache-2.0
#include "credentials/token_reply.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "crypto/digest.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

const Time kNow = FromUnixSeconds(1'700'000'000);
constexpr std::string_view kResource = "https://vault.azure.net";

std::string Jwt(const std::string& claims) {
  return Base64UrlEncode(R"({"alg":"ES256"})") + "." + Base64UrlEncode(claims) + ".c2ln";
}

Result<AccessToken> Read(int status, const std::string& body,
                         const std::string& type = "application/json",
                         std::optional<seconds> retry_after = std::nullopt) {
  return ReadTokenReply({status, type, retry_after, body}, {kResource, true, kNow});
}

std::string Success(const std::string& token, const std::string& expires_in = "3600") {
  return R"({"token_type":"Bearer","expires_in":)" + expires_in + R"(,"access_token":")" + token +
         R"("})";
}

TEST(TokenReplyTest, TakesNumbersAndTextsAsBothVersionsWriteThem) {
  for (const std::string expires_in : {"3600", "\"3600\""}) {
    const auto token = Read(200, Success("opaque", expires_in));
    ASSERT_THAT(token, IsOk());
    EXPECT_EQ(token->value, Secret("opaque"));
    EXPECT_EQ(token->expires_on, kNow + seconds{3600});
  }
  EXPECT_THAT(Read(200, Success("t"), "Application/JSON; charset=utf-8"), IsOk());
}

TEST(TokenReplyTest, TheTokensOwnExpiryCountsIfItIsSooner) {
  const auto sooner = Read(200, Success(Jwt(R"({"exp":1700000100,"nbf":1699999000})")));
  ASSERT_THAT(sooner, IsOk());
  EXPECT_EQ(sooner->expires_on, kNow + seconds{100});
  EXPECT_EQ(sooner->not_before, FromUnixSeconds(1'699'999'000));
  EXPECT_EQ(Read(200, Success(Jwt(R"({"exp":1800000000})")))->expires_on, kNow + seconds{3600});
  EXPECT_EQ(Read(200, Success(Jwt(R"({"nbf":9223372036854775807})")))->not_before, kNow);
}

TEST(TokenReplyTest, TakesTheAudiencesThatEntraGives) {
  for (const std::string aud :
       {R"("https://vault.azure.net")", R"("https://vault.azure.net/")",
        R"("00000003-0000-0000-c000-000000000000")", R"(["x","https://VAULT.azure.net"])"}) {
    EXPECT_THAT(Read(200, Success(Jwt("{\"aud\":" + aud + "}"))), IsOk()) << aud;
  }
}

TEST(TokenReplyTest, Attack46NonsenseIsNoToken) {
  for (const std::string& body :
       {std::string("<html>login</html>"), std::string("[]"), std::string("{}"),
        std::string(R"({"access_token":"t"})"), Success(""), Success("two words"),
        Success("t", "0"), Success("t", "-5"), Success("t", "9999999999"), Success("t", "\"x\""),
        Success("t", "1.5"), Success(std::string(70'000, 'x')),
        std::string(R"({"token_type":"mac","expires_in":60,"access_token":"t"})"),
        std::string(R"({"token_type":"Bearer","expires_in":60,"access_token":7})"),
        std::string(R"({"token_type":"Bearer","expires_in":60,"access_token":"a",)"
                    R"("access_token":"b"})"),
        Success(Jwt(R"({"aud":"https://evil.example"})")), Success(Jwt(R"({"aud":7})")),
        Success(Jwt(R"({"exp":1699999999})")), Success(Jwt(R"({"exp":-9223372036854775807})"))}) {
    const auto token = Read(200, body);
    ASSERT_THAT(token, FailsWith(reasons::kUpstreamNonsense)) << body.substr(0, 80);
    EXPECT_EQ(token.error().kind, ErrorKind::kUnavailable);
  }
}

TEST(TokenReplyTest, Attack48AnotherTypeOfContentIsNoTokenWhateverItHolds) {
  for (const std::string type : {"text/html", "", "text/plain", "application/json-patch+json"}) {
    EXPECT_THAT(Read(200, Success("t"), type), FailsWith(reasons::kUpstreamNonsense)) << type;
  }
  EXPECT_THAT(Read(302, ""), FailsWith(reasons::kUpstreamNonsense));
  EXPECT_THAT(Read(204, ""), FailsWith(reasons::kUpstreamNonsense));
  EXPECT_THAT(Read(400, "<html>", "text/html"), FailsWith(reasons::kUpstreamNonsense));
}

TEST(TokenReplyTest, ARefusalKeepsTheAuthoritysWords) {
  const auto refused = Read(
      401,
      R"({"error":"invalid_client","error_description":"AADSTS7000215: wrong\r\nTrace ID: 1"})");
  ASSERT_THAT(refused, FailsWith(reasons::kUpstreamRefused));
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnauthorized);
  EXPECT_EQ(refused.error().code, "invalid_client");
  EXPECT_EQ(refused.error().message, "AADSTS7000215: wrong\r\nTrace ID: 1");
  const auto bare = Read(400, R"({"error":"invalid_resource"})");
  EXPECT_EQ(bare.error().kind, ErrorKind::kInvalidRequest);
  EXPECT_THAT(bare.error().message, HasSubstr("invalid_resource"));
}

TEST(TokenReplyTest, ControlCharactersDoNotComeThrough) {
  const auto refused = Read(400, R"({"error":"e","error_description":"a\u001b[31mb\u0000c"})");
  EXPECT_EQ(refused.error().message, "a [31mb c");
  EXPECT_THAT(Read(400, R"({"error":"<script>"})"), FailsWith(reasons::kUpstreamNonsense));
}

TEST(TokenReplyTest, WhatMayPassSaysWhenToComeBack) {
  const auto throttled = Read(429, "slow down", "text/plain", seconds{17});
  ASSERT_THAT(throttled, FailsWith(reasons::kUpstreamThrottled));
  EXPECT_EQ(throttled.error().kind, ErrorKind::kThrottled);
  EXPECT_EQ(throttled.error().retry_after, seconds{17});
  EXPECT_EQ(Read(429, "").error().retry_after, seconds{1});
  EXPECT_EQ(Read(503, "", "text/html", seconds{9}).error().retry_after, seconds{9});
  EXPECT_THAT(Read(500, ""), FailsWith(reasons::kUpstreamTrouble));
  EXPECT_THAT(Read(400, R"({"error":"temporarily_unavailable"})"),
              FailsWith(reasons::kUpstreamTrouble));
}

TEST(TokenReplyTest, TheAudienceIsNotCheckedWhereThatWasTurnedOff) {
  const std::string body = Success(Jwt(R"({"aud":"another"})"));
  EXPECT_THAT(ReadTokenReply({200, "application/json", {}, body}, {kResource, false, kNow}),
              IsOk());
}

}  // namespace
}  // namespace openimds
