// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/instance_request.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "frontends/imds/api_version.h"
#include "testing/matchers.h"

namespace openimds::imds {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Format = InstanceQuestion::Format;

constexpr std::string_view kGood = "api-version=2021-02-01";

TEST(InstanceRequestTest, TakesThePathApart) {
  const auto question = ParseInstanceRequest("/network/interface/0/ipv4", kGood);
  ASSERT_THAT(question, IsOk());
  EXPECT_THAT(question->path, ElementsAre("network", "interface", "0", "ipv4"));
  EXPECT_EQ(ApiVersions()[question->version], "2021-02-01");
  EXPECT_EQ(question->format, Format::kUnsaid);
  EXPECT_THAT(ParseInstanceRequest("", kGood)->path, IsEmpty());
  EXPECT_THAT(ParseInstanceRequest("/", kGood)->path, IsEmpty());
  EXPECT_THAT(ParseInstanceRequest("/compute/", kGood)->path, ElementsAre("compute"));
}

TEST(InstanceRequestTest, AnEmptySegmentNamesNothing) {
  for (const char* tail : {"//", "//compute", "/compute//", "/compute//name"}) {
    EXPECT_THAT(ParseInstanceRequest(tail, kGood), FailsWith(reasons::kNoSuchElement)) << tail;
  }
}

struct Case {
  std::string query;
  std::string_view reason;
};

TEST(InstanceRequestTest, ReadsTheQuery) {
  EXPECT_EQ(ParseInstanceRequest("", "format=text&api-version=2017-04-02&extended=true")->format,
            Format::kText);
  EXPECT_EQ(ParseInstanceRequest("", "format=JSON&api-version=2017-04-02")->format, Format::kJson);
  const Case cases[] = {
      {"", reasons::kApiVersionMissing},
      {"api-version=", reasons::kApiVersionMissing},
      {"API-VERSION=2021-02-01", reasons::kApiVersionMissing},
      {"api-version=1999-01-01", reasons::kApiVersionUnknown},
      {"api-version=2017-03-01", reasons::kApiVersionUnknown},  // older than the category
      {"api-version=2021-02-01&format=xml", reasons::kFormatInvalid},
      {"api-version=2021-02-01&format=", reasons::kFormatInvalid},
      {"api-version=2021-02-01&Api-Version=2021-02-01", reasons::kDuplicateParameter},
      {"api-version=2021-02-01&x=%4", reasons::kMalformedQuery},
  };
  for (const Case& it : cases) {
    EXPECT_THAT(ParseInstanceRequest("/compute", it.query), FailsWith(it.reason)) << it.query;
  }
}

}  // namespace
}  // namespace openimds::imds
