// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/token_response.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "testing/answers.h"
#include "testing/sample_entities.h"

namespace openimds::imds {
namespace {

using std::chrono::seconds;

TEST(TokenResponseTest, HasTheRealServicesShapeOrderAndTypes) {
  const Time now = FromUnixSeconds(1'605'152'324);
  TokenRequest request = SampleTokenRequest("https://x\"\\");
  const auto token = std::make_shared<const CachedToken>(
      AccessToken{Secret("jwt"), now - seconds{300}, now + seconds{86'400}}, request);
  const std::string expected =
      R"({"access_token":"jwt","client_id":")" + request.identity->client_id.ToString() +
      R"(","expires_in":"86399","expires_on":"1605238724","ext_expires_in":"86700",)"
      R"("not_before":"1605152024","resource":"https://x\"\\","token_type":"Bearer"})";
  const auto response = RenderToken(token, now + seconds{1});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(BodyOf(response), expected);
  EXPECT_TRUE(response.server.starts_with("IMDS/"));
}

TEST(ErrorResponseTest, BodiesAreByteTrue) {
  const auto body = [](std::string_view reason, std::string message) {
    return BodyOf(RenderError({ErrorKind::kInvalidRequest, reason, std::move(message)}));
  };
  EXPECT_EQ(body(reasons::kMetadataHeader, "Required metadata header not specified").size(), 88U);
  EXPECT_EQ(body(reasons::kResourceMissing, "Required query variable 'resource' is missing").size(),
            95U);
  EXPECT_EQ(body(reasons::kIdentityNotFound, "machine 'vm1' has no identity at all"),
            R"({"error":"invalid_request","error_description":"Identity not found"})");
  EXPECT_EQ(body(reasons::kUnknownMachine, "this listener speaks for machine 'x'").size(), 68U);
  EXPECT_EQ(body(reasons::kIdentityAmbiguous, "several").size(), 168U);
}

TEST(ErrorResponseTest, FieldCaseBB41ThrottledIs90BytesAndSaysWhenToComeBack) {
  const auto response = RenderFault(FaultProfile::kThrottled);
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(BodyOf(response).size(), 90U);
  EXPECT_THAT(response.headers, testing::ElementsAre(testing::Pair("Retry-After", "1")));
}

TEST(ErrorResponseTest, FieldCaseBB14AnUnknownAudienceKeepsTheAuthoritysText) {
  const auto response = RenderError(
      {ErrorKind::kInvalidRequest, reasons::kAudienceUnknown, "AADSTS500011: …\r\nTrace ID: x"});
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(BodyOf(response), testing::HasSubstr(R"("error":"invalid_resource")"));
  EXPECT_THAT(BodyOf(response), testing::HasSubstr(R"(\r\nTrace ID: x)"));
}

TEST(ErrorResponseTest, WhatMayPassIsNever400) {
  for (const ErrorKind kind :
       {ErrorKind::kThrottled, ErrorKind::kUnavailable, ErrorKind::kInternal}) {
    EXPECT_GE(RenderError({kind, reasons::kBusy, "later"}).status, 429);
  }
}

TEST(RefusalTest, OnlyIMDSsOwnPathsAreAnsweredByIMDS) {
  const Peer peer;
  const auto refuse = [&](std::string_view path) {
    const http::Request request{
        .method = "GET", .path = path, .query = {}, .headers = {}, .body = {}, .peer = peer};
    return RenderRefusal(404, {ErrorKind::kNotFound, reasons::kNoSuchPath, "no"}, &request);
  };
  EXPECT_EQ(BodyOf(refuse("/metadata/identity/x")), R"({"error":"Not Found"})");
  EXPECT_EQ(BodyOf(refuse("/METADATA/x")), R"({ "error": "Not found" })");
  for (const char* path : {"//metadata/identity/oauth2/token", "/", "/metadatax/identity/x"}) {
    EXPECT_THAT(BodyOf(refuse(path)), testing::HasSubstr("ResourceNotFound")) << path;
    EXPECT_FALSE(refuse(path).server.starts_with("IMDS/")) << path;
  }
}

}  // namespace
}  // namespace openimds::imds
