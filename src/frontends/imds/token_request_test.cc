// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/token_request.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "frontends/imds/api_version.h"
#include "testing/matchers.h"

namespace openimds::imds {
namespace {

struct Case {
  std::string_view name;
  std::string query;
  std::string_view reason;  // empty: it is taken
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class TokenRequestTest : public testing::TestWithParam<Case> {};

TEST_P(TokenRequestTest, IsTakenOrRefusedForTheRightReason) {
  const auto question = ParseTokenRequest(GetParam().query);
  if (GetParam().reason.empty()) {
    EXPECT_THAT(question, IsOk());
  } else {
    EXPECT_THAT(question, FailsWith(GetParam().reason));
  }
}

const std::string kGood = "api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net";

INSTANTIATE_TEST_SUITE_P(
    All, TokenRequestTest,
    testing::Values(
        Case{"Plain", kGood, ""},  //
        Case{"Unencoded", "resource=https://vault.azure.net&api-version=2018-02-01", ""},
        Case{"UnknownNames", kGood + "&extended=true&x=", ""},
        Case{"BypassCache", kGood + "&bypass_cache=true", ""},
        Case{"BypassCacheFalse", kGood + "&bypass_cache=false", reasons::kBypassCacheInvalid},
        Case{"NoVersion", "resource=https://x", reasons::kApiVersionMissing},
        Case{"EmptyVersion", "api-version=&resource=https://x", reasons::kApiVersionMissing},
        Case{"UnlistedVersion", "api-version=2018-02-02&resource=https://x",
             reasons::kApiVersionUnknown},
        Case{"ExtensionsVersion", "api-version=1.0&resource=https://x",
             reasons::kApiVersionUnknown},
        Case{"NoResource", "api-version=2018-02-01", reasons::kResourceMissing},
        Case{"TwoResources", kGood + "&RESOURCE=https://x", reasons::kDuplicateParameter},
        Case{"EmptySelector", kGood + "&client_id=", reasons::kEmptySelector},
        Case{"MisspeltSelector", kGood + "&clientid=x", reasons::kMisspeltSelector},
        Case{"BadEscape", kGood + "&a=%4", reasons::kMalformedQuery}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(ApiVersionTest, EveryListedVersionIsTaken) {
  EXPECT_EQ(ApiVersions().size(), 35U);
  for (const std::string_view version : ApiVersions()) {
    const std::string query = "resource=https://x&api-version=" + std::string(version);
    EXPECT_THAT(ParseTokenRequest(query), IsOk()) << version;
  }
}

TEST(ApiVersionTest, TheThreeNewestAreNamedNewestFirst) {
  EXPECT_THAT(UnknownVersionBody(),
              testing::HasSubstr(R"("newest-versions":["2025-04-07","2024-07-17","2024-03-15"]})"));
}

}  // namespace
}  // namespace openimds::imds
