// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/endpoint_probe.h"

#include <gmock/gmock.h>

namespace openimds::extension {
namespace {

AppliedSettings OnPort50342() {
  AppliedSettings applied;
  applied.port = 50342;
  return applied;
}

TEST(JudgeAnswerTest, AToken) {
  EXPECT_EQ(JudgeAnswer(200, R"({"access_token":"t","token_type":"Bearer"})").answer,
            EndpointAnswer::kToken);
}

TEST(JudgeAnswerTest, ATokenIsNeverInTheDetail) {
  for (const int status : {200, 400, 500}) {
    const auto probe = JudgeAnswer(status, R"({"access_token":"s3cr3t"})");
    EXPECT_EQ(probe.detail.find("s3cr3t"), std::string::npos);
  }
}

TEST(JudgeAnswerTest, ARefusalStaysOneAndAnOutagePasses) {
  const char* const body = R"({"error":"invalid_client","error_description":"not this key"})";
  for (const int status : {400, 401, 403}) {
    const auto probe = JudgeAnswer(status, body);
    EXPECT_EQ(probe.answer, EndpointAnswer::kRefused) << status;
    EXPECT_EQ(probe.detail, "HTTP " + std::to_string(status) + " invalid_client: not this key");
  }
  for (const int status : {404, 410, 429, 500, 502, 503, 504}) {
    EXPECT_EQ(JudgeAnswer(status, body).answer, EndpointAnswer::kLater) << status;
  }
}

TEST(JudgeAnswerTest, SomebodyElseIsNoEndpoint) {
  for (const char* body : {"", "<html>", "{}", "[]", R"({"access_token":""})"}) {
    EXPECT_EQ(JudgeAnswer(200, body).answer, EndpointAnswer::kSilent) << body;
  }
}

TEST(StatusOfTest, OnlyATokenIsSuccess) {
  const AppliedSettings applied = OnPort50342();
  EXPECT_EQ(StatusOf({EndpointAnswer::kToken, ""}, applied).kind, StatusKind::kSuccess);
  EXPECT_EQ(StatusOf({EndpointAnswer::kLater, "DNS"}, applied).kind, StatusKind::kTransitioning);
  EXPECT_EQ(StatusOf({EndpointAnswer::kSilent, ""}, applied).kind, StatusKind::kTransitioning);
  const HandlerStatus refused = StatusOf({EndpointAnswer::kRefused, "HTTP 400"}, applied);
  EXPECT_EQ(refused.kind, StatusKind::kError);
  EXPECT_NE(refused.code, 0);
  EXPECT_NE(refused.message.find("HTTP 400"), std::string::npos);
}

TEST(StatusOfTest, TheBridgeWorksWhereImdsWantsAnIdentityNamed) {
  const HandlerStatus status = StatusOf({EndpointAnswer::kNoDefault, "several"}, OnPort50342());
  EXPECT_EQ(status.kind, StatusKind::kSuccess);
  ASSERT_EQ(status.parts.size(), 1U);
  EXPECT_EQ(status.parts[0].kind, StatusKind::kWarning);
  EXPECT_NE(status.parts[0].message.find("several"), std::string::npos);
}

TEST(StatusOfTest, WhatWasLeftOutIsSaidEachTime) {
  AppliedSettings applied = OnPort50342();
  applied.parts = {{"settings", StatusKind::kWarning, "left out"}};
  for (const auto answer :
       {EndpointAnswer::kToken, EndpointAnswer::kRefused, EndpointAnswer::kNoDefault,
        EndpointAnswer::kLater, EndpointAnswer::kSilent}) {
    EXPECT_EQ(StatusOf({answer, ""}, applied).parts.at(0).message, "left out");
  }
}

}  // namespace
}  // namespace openimds::extension
