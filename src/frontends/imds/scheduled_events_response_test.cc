// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/scheduled_events_response.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>

#include <boost/json/parse.hpp>

#include "base/reasons.h"
#include "frontends/imds/scheduled_events_request.h"
#include "frontends/imds/token_response.h"
#include "testing/answers.h"
#include "testing/sample_entities.h"

namespace openimds::imds {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

std::shared_ptr<ScheduledEvent> MakeEvent(EventType type) {
  auto event = std::make_shared<ScheduledEvent>();
  event->id = *Guid::Parse("c7061bac-afdc-4513-b24b-aa5f13a16123");
  event->type = type;
  event->machines = {SampleMachine("WestNO_0").id, SampleMachine("WestNO_1").id};
  event->not_before = FromUnixSeconds(1'474'309'787);
  event->description = "a \"pause\"";
  event->duration = 5;
  return event;
}

EventInbox Holding(EventList events) {
  EventInbox inbox;
  inbox.Receive(std::move(events));
  return inbox;
}

std::string BodyFor(const EventInbox& inbox, std::string_view version) {
  return BodyOf(RenderEvents(inbox, version));
}

TEST(ScheduledEventsResponseTest, SaysThatThereIsNothing) {
  const http::Response response = RenderEvents(EventInbox(), "2020-07-01");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.server, kServer);
  EXPECT_EQ(response.content_type, http::kJson);
  EXPECT_EQ(BodyOf(response), R"({"DocumentIncarnation":1,"Events":[]})");
}

// Each version has what those before it had, and the order never changes.
TEST(ScheduledEventsResponseTest, EachVersionHasItsMembers) {
  const EventInbox inbox = Holding({MakeEvent(EventType::kFreeze)});
  const std::string plain =
      R"({"DocumentIncarnation":2,"Events":[{"EventId":"C7061BAC-AFDC-4513-B24B-AA5F13A16123",)"
      R"("EventStatus":"Scheduled","EventType":"Freeze","ResourceType":"VirtualMachine",)"
      R"("Resources":["WestNO_0","WestNO_1"],"NotBefore":"Mon, 19 Sep 2016 18:29:47 GMT")";
  const std::string described = plain + R"(,"Description":"a \"pause\"")";
  const std::string sourced = described + R"(,"EventSource":"Platform")";
  std::string underscored = plain;
  underscored.replace(underscored.find("\"WestNO_0"), 1, "\"_");
  underscored.replace(underscored.find("\"WestNO_1"), 1, "\"_");
  EXPECT_EQ(BodyFor(inbox, "2017-03-01"), underscored + "}]}");
  for (const char* version : {"2017-08-01", "2017-11-01", "2019-01-01"}) {
    EXPECT_EQ(BodyFor(inbox, version), plain + "}]}") << version;
  }
  EXPECT_EQ(BodyFor(inbox, "2019-04-01"), described + "}]}");
  EXPECT_EQ(BodyFor(inbox, "2019-08-01"), sourced + "}]}");
  EXPECT_EQ(BodyFor(inbox, "2020-07-01"), sourced + R"(,"DurationInSeconds":5}]})");
}

TEST(ScheduledEventsResponseTest, AnEventThatHasStartedHasNoTimeLeft) {
  auto event = MakeEvent(EventType::kReboot);
  StartEvent(event.get(), FromUnixSeconds(5), "x");
  event->source = EventSource::kUser;
  event->duration = kUnknownDuration;
  const std::string body = BodyFor(Holding({event}), "2020-07-01");
  EXPECT_THAT(body, HasSubstr(R"("EventStatus":"Started")"));
  EXPECT_THAT(body, HasSubstr(R"("NotBefore":"",)"));
  EXPECT_THAT(body, HasSubstr(R"("EventSource":"User","DurationInSeconds":-1})"));
}

// How many of one event for each type a version shows, and what it counts.
TEST(ScheduledEventsResponseTest, AVersionNeitherShowsNorCountsTypesThatItLacks) {
  EventInbox inbox;
  EventList events;
  for (const EventTypeFacts& facts : EventTypes()) {
    events.push_back(MakeEvent(facts.type));
    inbox.Receive(events);
  }
  const struct {
    const char* version;
    std::size_t shown;
  } cases[] = {{"2017-03-01", 3}, {"2017-08-01", 3}, {"2017-11-01", 4}, {"2019-01-01", 5},
               {"2019-04-01", 5}, {"2019-08-01", 5}, {"2020-07-01", 5}};
  for (const auto& it : cases) {
    const json::value document = json::parse(BodyFor(inbox, it.version));
    EXPECT_EQ(document.at("Events").as_array().size(), it.shown) << it.version;
    EXPECT_EQ(document.at("DocumentIncarnation").as_int64(),
              static_cast<std::int64_t>(it.shown) + 1)
        << it.version;
  }
}

TEST(ScheduledEventsResponseTest, AnUnknownVersionIsAnsweredWithTheNewestOfTheCategory) {
  const http::Response response = RenderEventsError(
      {ErrorKind::kInvalidRequest, reasons::kApiVersionUnknown, "expected another"});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(json::parse(BodyOf(response)).at("newest-versions"),
            json::parse(R"(["2020-07-01","2019-08-01","2019-04-01"])"));
  EXPECT_THAT(BodyOf(response), HasSubstr("Bad request. api-version is invalid or was not"));
  const http::Response other = RenderEventsError(
      {ErrorKind::kInvalidRequest, reasons::kEventUnknown, "EventId 'x' is not valid"});
  EXPECT_EQ(other.status, 400);
  EXPECT_EQ(BodyOf(other), R"({"error":"Bad request. EventId 'x' is not valid"})");
}

TEST(ScheduledEventsResponseTest, WhatPassesIsNotFinal) {
  for (const Error& error : {Error{ErrorKind::kConflict, reasons::kChangedMeanwhile, "m"},
                             Error{ErrorKind::kUnavailable, reasons::kBusy, "m"}}) {
    const http::Response response = RenderEventsError(error);
    EXPECT_EQ(response.status, 503);
    EXPECT_THAT(response.headers, testing::Contains(testing::Key("Retry-After")));
  }
}

}  // namespace
}  // namespace openimds::imds
