// SPDX-License-Identifier: Apache-2.0
#include "frontends/oauth/token_request.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "testing/matchers.h"

namespace openimds::oauth {
namespace {

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

Result<ClientTokenRequest> V2(std::string_view body,
                              std::optional<std::string_view> authorization = {},
                              std::optional<std::string_view> type = kForm) {
  return ParseClientTokenRequest(EndpointVersion::kV2, body, type, authorization);
}

TEST(ClientTokenRequestTest, ReadsBothVersions) {
  const auto v2 =
      V2("grant_type=client_credentials&client_id=a&client_secret=s%2Bt&"
         "scope=https%3A%2F%2Fvault.azure.net%2F.default");
  ASSERT_THAT(v2, IsOk());
  EXPECT_EQ(v2->client_id, "a");
  EXPECT_EQ(v2->resource, "https://vault.azure.net");
  EXPECT_EQ(v2->proof.secret, Secret("s+t"));
  const auto v1 = ParseClientTokenRequest(
      EndpointVersion::kV1,
      "grant_type=client_credentials&client_id=a&resource=https://vault.azure.net/", kForm, {});
  ASSERT_THAT(v1, IsOk());
  EXPECT_EQ(v1->resource, "https://vault.azure.net/");
  EXPECT_FALSE(v1->proof.secret);
}

TEST(ClientTokenRequestTest, OnlyOneDefaultIsCutOffAScope) {
  constexpr std::string_view kRest = "grant_type=client_credentials&client_id=a&scope=";
  EXPECT_EQ(V2(std::string(kRest) + "https://management.azure.com//.default")->resource,
            "https://management.azure.com/");
  for (const char* scope : {"https://vault.azure.net", "https://vault.azure.net/.Default",
                            "user.read openid", "https://a/.default https://b/.default"}) {
    EXPECT_THAT(V2(std::string(kRest) + scope), FailsWith(reasons::kScopeInvalid)) << scope;
  }
  EXPECT_THAT(V2(std::string(kRest) + "/.default"), FailsWith(reasons::kResourceInvalid));
}

TEST(ClientTokenRequestTest, TakesTheSecretFromAnAuthorizationHeader) {
  constexpr std::string_view kBody =
      "grant_type=client_credentials&scope=https://vault.azure.net/.default";
  const auto basic = V2(kBody, "Basic YXBwKzE6cyUzQWUrY3JldA==");  // app+1:s%3Ae+cret
  ASSERT_THAT(basic, IsOk());
  EXPECT_EQ(basic->client_id, "app 1");
  EXPECT_EQ(basic->proof.secret, Secret("s:e cret"));
  for (const char* header : {"Basic", "Basic !!", "Bearer x", "Basic YXBw", ""}) {
    EXPECT_THAT(V2(kBody, header), FailsWith(reasons::kMalformedQuery)) << header;
  }
  EXPECT_THAT(V2(std::string(kBody) + "&client_secret=x", "Basic YTpi"),
              FailsWith(reasons::kClientProofTwice));
  EXPECT_THAT(V2(std::string(kBody) + "&client_id=other", "Basic YTpi"),
              FailsWith(reasons::kClientProofTwice));
}

TEST(ClientTokenRequestTest, NamesWhatIsMissing) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "'grant_type'"},
      {"grant_type=client_credentials", "'client_id'"},
      {"grant_type=client_credentials&client_id=a", "'scope'"}};
  for (const auto& [body, name] : cases) {
    const auto request = V2(body);
    ASSERT_THAT(request, FailsWith(reasons::kParameterMissing)) << body;
    EXPECT_THAT(request.error().message, testing::HasSubstr(name));
  }
  EXPECT_THAT(V2("grant_type=password&client_id=a"), FailsWith(reasons::kGrantTypeUnsupported));
  EXPECT_THAT(V2("grant_type=client_credentials&grant_type=x"),
              FailsWith(reasons::kParameterTwice));
}

TEST(ClientTokenRequestTest, ABodyOfAnotherTypeHoldsNoParameters) {
  constexpr std::string_view kBody =
      "grant_type=client_credentials&client_id=a&scope=https://x/.default";
  EXPECT_THAT(V2(kBody, {}, "application/json"), FailsWith(reasons::kParameterMissing));
  EXPECT_THAT(V2(kBody, {}, std::nullopt), FailsWith(reasons::kParameterMissing));
  EXPECT_THAT(V2(kBody, {}, "Application/X-WWW-Form-Urlencoded; charset=utf-8"), IsOk());
}

}  // namespace
}  // namespace openimds::oauth
