// SPDX-License-Identifier: Apache-2.0
#include "frontends/vm_extension/token_request.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "testing/matchers.h"

namespace openimds::vm_extension {
namespace {

using ::testing::Eq;
using ::testing::Optional;

constexpr char kResource[] = "https://management.azure.com/";

struct Taken {
  std::string_view client;
  std::string_view query;
  std::string_view body;
  std::string_view client_id;  // empty: none
};

void PrintTo(const Taken& taken, std::ostream* out) { *out << taken.client; }

class LegacyClientTest : public testing::TestWithParam<Taken> {};

TEST_P(LegacyClientTest, IsUnderstood) {
  const auto question = ParseTokenRequest(GetParam().query, GetParam().body);
  ASSERT_THAT(question, IsOk());
  EXPECT_EQ(question->resource, kResource);
  EXPECT_EQ(question->selector.client_id.value_or(""), GetParam().client_id);
}

INSTANTIATE_TEST_SUITE_P(
    ProtocolB7, LegacyClientTest,
    testing::Values(
        Taken{"CurlGet", "resource=https%3A%2F%2Fmanagement.azure.com%2F", "", ""},
        Taken{"CurlData", "", "resource=https://management.azure.com/", ""},
        Taken{"AdalGo2017", "",
              "authority=https%3A%2F%2Flogin.microsoftonline.com%2Fx&client_id=&grant_type=client_"
              "credentials&resource=https%3A%2F%2Fmanagement.azure.com%2F",
              ""},
        Taken{"AdalGo2018", "api-version=1.0",
              "client_id=c1&grant_type=client_credentials&resource=https%3A%2F%2Fmanagement.azure."
              "com%2F",
              "c1"},
        Taken{"Java", "", "resource=https://management.azure.com/&client_id=c1", "c1"},
        Taken{"Ruby", "", "resource=https%3A%2F%2Fmanagement.azure.com%2F,client_id=c1", "c1"},
        Taken{"NodeAuth08", "", "\"resource=https%3A%2F%2Fmanagement.azure.com%2F\"", ""},
        Taken{"NodeAuth31Post", "api-version=2018-02-01&resource=https://management.azure.com/", "",
              ""}),
    [](const auto& test) { return std::string(test.param.client); });

TEST(TokenRequestTest, ACommaInAValueStaysWhereNoFieldFollows) {
  const auto question = ParseTokenRequest("", "resource=https://x/a,b,client_id=c1");
  ASSERT_THAT(question, IsOk());
  EXPECT_EQ(question->resource, "https://x/a,b");
  EXPECT_THAT(question->selector.client_id, Optional(Eq("c1")));
}

TEST(TokenRequestTest, RefusesForTheRightReason) {
  EXPECT_THAT(ParseTokenRequest("", ""), FailsWith(reasons::kResourceMissing));
  EXPECT_THAT(ParseTokenRequest("resource=https://x", "resource=https://x"),
              FailsWith(reasons::kDuplicateParameter));
  EXPECT_THAT(ParseTokenRequest("", "resource=https://x&clientid=y"),
              FailsWith(reasons::kMisspeltSelector));
  EXPECT_THAT(ParseTokenRequest("", "{\"resource\":\"https://x\"}"),
              FailsWith(reasons::kResourceMissing));
}

}  // namespace
}  // namespace openimds::vm_extension
