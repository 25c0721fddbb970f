// SPDX-License-Identifier: Apache-2.0
#include "frontends/vm_extension/token_response.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "testing/answers.h"
#include "testing/sample_entities.h"

namespace openimds::vm_extension {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

TEST(TokenResponseTest, HasTheShapeOfTheSpecificationsSample) {
  const Time now = FromUnixSeconds(1'506'480'573);
  const auto token = std::make_shared<const CachedToken>(
      AccessToken{Secret("eyJ0eXAi"), now - seconds{300}, now + seconds{3600}},
      SampleTokenRequest("https://management.azure.com/"));
  EXPECT_EQ(BodyOf(RenderToken(token, now + seconds{1})),
            R"({"access_token":"eyJ0eXAi","refresh_token":"","expires_in":"3599",)"
            R"("expires_on":"1506484173","not_before":"1506480273",)"
            R"("resource":"https://management.azure.com/","token_type":"Bearer"})");
}

TEST(ErrorResponseTest, SpeaksTheExtensionsWords) {
  const auto body = [](ErrorKind kind, std::string_view reason, std::string message) {
    return BodyOf(RenderError({kind, reason, std::move(message)}));
  };
  EXPECT_EQ(body(ErrorKind::kInvalidRequest, reasons::kMetadataHeader,
                 "Required metadata header not specified"),
            R"({"error":"bad_request_102","error_description":)"
            R"("Required metadata header not specified"})");
  EXPECT_THAT(body(ErrorKind::kForbidden, reasons::kNotLoopback, "no"),
              HasSubstr("unauthorized_client"));
  EXPECT_THAT(body(ErrorKind::kInternal, reasons::kSigningFailed, "a secret cause"),
              Not(HasSubstr("cause")));
  const std::string unknown = body(
      ErrorKind::kInvalidRequest, reasons::kAudienceUnknown,
      "AADSTS500011: The resource principal named https://x was not found in the tenant named t.");
  EXPECT_THAT(unknown, HasSubstr("invalid_resource"));
  EXPECT_THAT(unknown, HasSubstr("AADSTS50001: The application named https://x was not found"));
}

TEST(RefusalTest, AnotherPathIsAnUnknownSource) {
  const Peer peer;
  const http::Request request{
      .method = "GET", .path = "/token", .query = {}, .headers = {}, .body = {}, .peer = peer};
  const auto response =
      RenderRefusal(404, {ErrorKind::kNotFound, reasons::kNoSuchPath, "no"}, &request);
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(BodyOf(response),
            R"({"error":"unknown_source","error_description":"Unknown Source /token"})");
}

}  // namespace
}  // namespace openimds::vm_extension
