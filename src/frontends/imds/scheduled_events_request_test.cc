// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/scheduled_events_request.h"

#include <gmock/gmock.h>

#include <string>

#include "base/reasons.h"
#include "testing/matchers.h"

namespace openimds::imds {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kId[] = "f020ba2e-3bc0-4c40-a10b-86575a9eabd5";

TEST(ScheduledEventsRequestTest, TakesEveryVersionOfTheCategoryAndNoOther) {
  EXPECT_THAT(EventsApiVersions(),
              ElementsAre("2017-03-01", "2017-08-01", "2017-11-01", "2019-01-01", "2019-04-01",
                          "2019-08-01", "2020-07-01"));
  for (const std::string_view version : EventsApiVersions()) {
    EXPECT_EQ(ParseEventsQuery("api-version=" + std::string(version)).value(), version);
  }
  for (const char* version : {"2021-02-01", "latest", "{latest}", "2020-07-01 ", "2020-7-1"}) {
    EXPECT_THAT(ParseEventsQuery("api-version=" + std::string(version)),
                FailsWith(reasons::kApiVersionUnknown));
  }
}

TEST(ScheduledEventsRequestTest, RefusesQueriesThatAreNotInOrder) {
  EXPECT_THAT(ParseEventsQuery(""), FailsWith(reasons::kApiVersionMissing));
  EXPECT_THAT(ParseEventsQuery("api-version="), FailsWith(reasons::kApiVersionMissing));
  EXPECT_THAT(ParseEventsQuery("Api-Version=2020-07-01"), FailsWith(reasons::kApiVersionMissing));
  EXPECT_THAT(ParseEventsQuery("api-version=2020-07-01&api-version=2020-07-01"),
              FailsWith(reasons::kDuplicateParameter));
  EXPECT_THAT(ParseEventsQuery("api-version=2020-07-01&x=%z"), FailsWith(reasons::kMalformedQuery));
  EXPECT_THAT(ParseEventsQuery("api-version=2020-07-01&format=text"),
              FailsWith(reasons::kFormatInvalid));
  EXPECT_THAT(ParseEventsQuery("api-version=2020-07-01&format=JSON&extended=true"), IsOk());
}

TEST(ScheduledEventsRequestTest, ReadsTheIdsInAnyLetterCase) {
  const Guid id = *Guid::Parse(kId);
  const std::string one = R"({"EventId":")" + std::string(kId) + "\"}";
  const std::string upper = R"({"EventId":"F020BA2E-3BC0-4C40-A10B-86575A9EABD5","x":[1]})";
  EXPECT_THAT(ParseStartRequests("{\"StartRequests\":[" + one + "]}").value(), ElementsAre(id));
  EXPECT_THAT(ParseStartRequests(" {\"DocumentIncarnation\":\"5\",\n\"StartRequests\" : [" + upper +
                                 " , " + one + "]}\n")
                  .value(),
              ElementsAre(id, id));
  EXPECT_THAT(ParseStartRequests(R"({"StartRequests":[]})").value(), IsEmpty());
}

TEST(ScheduledEventsRequestTest, RefusesBodiesThatAreNotStartRequests) {
  const std::string good = R"({"EventId":")" + std::string(kId) + "\"}";
  for (const std::string& body :
       {std::string(""),
        std::string("{"),
        std::string("[]"),
        std::string("null"),
        std::string("StartRequests=1"),
        std::string("{}"),
        std::string(R"({"StartRequests":null})"),
        std::string(R"({"StartRequests":{}})"),
        std::string(R"({"startrequests":[]})"),
        std::string(R"({"StartRequests":["x"]})"),
        std::string(R"({"StartRequests":[{}]})"),
        std::string(R"({"StartRequests":[{"EventId":5}]})"),
        std::string(R"({"StartRequests":[{"EventId":""}]})"),
        std::string(R"({"StartRequests":[{"EventId":"x"}]})"),
        std::string(R"({"StartRequests":[{"EventId":"{)") + kId + R"(}"}]})",
        R"({"StartRequests":[{"eventid":")" + std::string(kId) + "\"}]}",
        "{\"StartRequests\":[" + good + ",{}]}",
        "{\"StartRequests\":[" + good + "]} x",
        "{\"StartRequests\":[" + good + "],\"StartRequests\":[]}",
        "\xef\xbb\xbf{\"StartRequests\":[" + good + "]}",
        "[{\"StartRequests\":[" + good + "]}]",
        "{\"StartRequests\":[[" + good + "]]}"}) {
    const auto refused = ParseStartRequests(body);
    ASSERT_THAT(refused, FailsWith(reasons::kStartRequestsInvalid)) << body;
    EXPECT_THAT(refused.error().message, testing::StartsWith("Expected ")) << body;
  }
}

}  // namespace
}  // namespace openimds::imds
