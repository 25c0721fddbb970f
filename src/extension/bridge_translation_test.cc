// SPDX-License-Identifier: Apache-2.0
#include "extension/bridge_translation.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "testing/matchers.h"

namespace openimds::extension {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kResource[] = "https://vault.azure.net";

Result<BridgedToken> Read(int status, const std::string& body,
                          std::optional<seconds> retry_after = std::nullopt) {
  return ReadImdsAnswer({status, "application/json", retry_after, Secret(body)}, kResource);
}

std::string Token(const std::string& members) {
  return R"({"access_token":"eyJ0","token_type":"Bearer",)" + members + "}";
}

TEST(ImdsTargetTest, CarriesTheQuestionOver) {
  TokenQuestion question;
  question.resource = "https://vault.azure.net/a b&c";
  EXPECT_EQ(ImdsTarget(question),
            "/metadata/identity/oauth2/token?api-version=2018-02-01"
            "&resource=https%3A%2F%2Fvault.azure.net%2Fa+b%26c");
  question.selector.client_id = "x&resource=other";
  EXPECT_THAT(ImdsTarget(question), HasSubstr("&client_id=x%26resource%3Dother"));
  question.selector = {};
  question.selector.object_id = "o";
  EXPECT_THAT(ImdsTarget(question), HasSubstr("&object_id=o"));
  question.selector = {};
  question.selector.resource_id = "/subscriptions/s";
  EXPECT_THAT(ImdsTarget(question), HasSubstr("&msi_res_id=%2Fsubscriptions%2Fs"));
}

TEST(ImdsAnswerTest, KeepsWhatImdsSaid) {
  const auto token = Read(200, Token(R"("client_id":"c","expires_in":"3599","expires_on":"17",)"
                                     R"("ext_expires_in":"3599","not_before":"11",)"
                                     R"("resource":"https://vault.azure.net/")"));
  ASSERT_THAT(token, IsOk());
  EXPECT_EQ(token->access_token.RevealSecret(), "eyJ0");
  EXPECT_EQ(token->expires_in, "3599");
  EXPECT_EQ(token->expires_on, "17");
  EXPECT_EQ(token->not_before, "11");
  EXPECT_EQ(token->resource, "https://vault.azure.net/");
  EXPECT_EQ(token->token_type, "Bearer");
}

TEST(ImdsAnswerTest, TakesNumbersAndFillsInWhatOldClientsRead) {
  const auto token = Read(200, Token(R"("expires_in":3599,"expires_on":1764000000)"));
  ASSERT_THAT(token, IsOk());
  EXPECT_EQ(token->expires_on, "1764000000");
  EXPECT_EQ(token->not_before, "0");
  EXPECT_EQ(token->resource, kResource);
}

TEST(ImdsAnswerTest, ATokenThatIsNoneIsNotHandedOn) {
  for (const std::string& body :
       {std::string("no json"), std::string("[]"), std::string("{}"),
        std::string(R"({"access_token":"","token_type":"Bearer","expires_in":1,"expires_on":1})"),
        std::string(
            R"({"access_token":"a b","token_type":"Bearer","expires_in":1,"expires_on":1})"),
        std::string(R"({"access_token":"a","token_type":"mac","expires_in":1,"expires_on":1})"),
        Token(R"("expires_in":"soon","expires_on":1)"), Token(R"("expires_in":1)"),
        Token(R"("expires_in":-1,"expires_on":1)")}) {
    EXPECT_THAT(Read(200, body), FailsWith(reasons::kUpstreamNonsense)) << body;
  }
}

TEST(ImdsAnswerTest, ARefusalKeepsItsWords) {
  const auto refused =
      Read(400, R"({"error":"invalid_request","error_description":"Identity not found"})");
  ASSERT_THAT(refused, FailsWith(reasons::kUpstreamRefused));
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalidRequest);
  EXPECT_EQ(refused.error().code, "invalid_request");
  EXPECT_EQ(refused.error().message, "Identity not found");
}

TEST(ImdsAnswerTest, WhatMayPassIsSaidToPass) {
  const auto updating = Read(404, "");
  ASSERT_THAT(updating, FailsWith(reasons::kUpstreamTrouble));
  EXPECT_EQ(updating.error().kind, ErrorKind::kUnavailable);
  EXPECT_GE(updating.error().retry_after, seconds{1});
  EXPECT_EQ(Read(410, "").error().kind, ErrorKind::kUnavailable);
  const auto throttled = Read(429, "", seconds{7});
  ASSERT_THAT(throttled, FailsWith(reasons::kUpstreamThrottled));
  EXPECT_EQ(throttled.error().kind, ErrorKind::kThrottled);
  EXPECT_EQ(throttled.error().retry_after, seconds{7});
  EXPECT_EQ(Read(503, "", seconds{3}).error().retry_after, seconds{3});
}

TEST(ImdsAnswerTest, SomebodyElsesPageIsNeverQuoted) {
  for (const int status : {200, 302, 400, 403, 500}) {
    const auto answer = Read(status, "<html>hidden</html>");
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
    EXPECT_THAT(answer.error().message, Not(HasSubstr("hidden")));
  }
  EXPECT_THAT(Read(400, R"({"error":"<script>"})"), FailsWith(reasons::kUpstreamNonsense));
}

}  // namespace
}  // namespace openimds::extension
