// SPDX-License-Identifier: Apache-2.0
#include "model/scheduled_event.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>
#include <string>

#include "base/reasons.h"
#include "testing/fake_clock.h"
#include "testing/matchers.h"
#include "testing/sample_entities.h"

namespace openimds {
namespace {

using testing::HasSubstr;

class ScheduledEventTest : public testing::Test {
 protected:
  ScheduledEvent Make() {
    ScheduledEvent event;
    event.machines = {SampleMachine().id};
    event.created = clock_.Now();
    event.not_before = clock_.Now() + std::chrono::minutes(15);
    return event;
  }

  FakeClock clock_;
};

TEST_F(ScheduledEventTest, IsDueFromItsTimeOnAndNoMomentEarlier) {
  const ScheduledEvent event = Make();
  clock_.Advance(std::chrono::seconds(899));
  EXPECT_FALSE(event.IsDue(clock_.Now()));
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_TRUE(event.IsDue(clock_.Now()));
}

TEST_F(ScheduledEventTest, StartsOnceAndThenIsCompleted) {
  ScheduledEvent event = Make();
  EXPECT_THAT(CompleteEvent(&event, clock_.Now()), FailsWith(reasons::kEventStatus));
  EXPECT_TRUE(StartEvent(&event, clock_.Now(), "somebody"));
  clock_.Advance(std::chrono::hours(1));
  EXPECT_FALSE(StartEvent(&event, clock_.Now(), "another"));
  EXPECT_EQ(event.started_by, "somebody");
  EXPECT_FALSE(event.IsDue(clock_.Now())) << "it has started";
  EXPECT_THAT(CancelEvent(&event, clock_.Now()), FailsWith(reasons::kEventStatus));
  EXPECT_FALSE(event.has_ended());
  EXPECT_TRUE(CompleteEvent(&event, clock_.Now()).value());
  EXPECT_EQ(event.ended, clock_.Now());
  clock_.Advance(std::chrono::hours(1));
  EXPECT_FALSE(CompleteEvent(&event, clock_.Now()).value()) << "it is so already";
  EXPECT_NE(event.ended, clock_.Now());
}

TEST_F(ScheduledEventTest, IsCanceledWhileItWaitsAndNothingStartsItThen) {
  ScheduledEvent event = Make();
  EXPECT_TRUE(CancelEvent(&event, clock_.Now()).value());
  EXPECT_FALSE(CancelEvent(&event, clock_.Now()).value());
  EXPECT_FALSE(StartEvent(&event, clock_.Now(), "late"));
  EXPECT_EQ(event.status, EventStatus::kCanceled);
  const auto completed = CompleteEvent(&event, clock_.Now());
  ASSERT_THAT(completed, FailsWith(reasons::kEventStatus));
  EXPECT_THAT(completed.error().message, HasSubstr("to be started, it is canceled"));
}

TEST_F(ScheduledEventTest, RefusesWhatNoMachineShouldRead) {
  EXPECT_THAT(CheckEvent(Make()), IsOk());
  ScheduledEvent event = Make();
  event.machines.clear();
  EXPECT_THAT(CheckEvent(event), FailsWith(reasons::kArgumentInvalid));
  for (const std::int64_t duration : {std::int64_t{-2}, kLongestDuration + 1}) {
    event = Make();
    event.duration = duration;
    EXPECT_THAT(CheckEvent(event), FailsWith(reasons::kArgumentInvalid)) << duration;
  }
  for (const std::string& text : {std::string("a\nb"), std::string("\0", 1), std::string("\x7f"),
                                  std::string(kMaxEventDescription + 1, 'x')}) {
    event = Make();
    event.description = text;
    EXPECT_THAT(CheckEvent(event), FailsWith(reasons::kArgumentInvalid)) << text;
  }
}

TEST_F(ScheduledEventTest, ReadsTheNamesThatItWritesInAnyLetterCase) {
  for (const EventTypeFacts& facts : EventTypes()) {
    EXPECT_EQ(ParseEventType(facts.name), facts.type);
    EXPECT_EQ(&FactsOf(facts.type), &facts) << "the table is in the order of the enumeration";
  }
  EXPECT_EQ(ParseEventType("pREEMPT"), EventType::kPreempt);
  EXPECT_EQ(ParseEventType(""), std::nullopt);
  EXPECT_EQ(ParseEventType("Freez"), std::nullopt);
  EXPECT_EQ(ParseEventSource("user"), EventSource::kUser);
  EXPECT_EQ(ToText(EventSource::kPlatform), "Platform");
  for (const EventStatus status : {EventStatus::kScheduled, EventStatus::kStarted,
                                   EventStatus::kCompleted, EventStatus::kCanceled}) {
    EXPECT_EQ(ParseEventStatus(ToText(status)), status);
  }
}

TEST_F(ScheduledEventTest, EveryTypeBeginsInAVersionThatIsSaidToBringTypes) {
  for (const EventTypeFacts& facts : EventTypes()) {
    EXPECT_THAT(EventTypeVersions(), testing::Contains(facts.since));
  }
  EXPECT_EQ(EventTypeVersionOf("2017-03-01"), 0U);
  EXPECT_EQ(EventTypeVersionOf("2017-08-01"), 0U);
  EXPECT_EQ(EventTypeVersionOf("2017-11-01"), 1U);
  EXPECT_EQ(EventTypeVersionOf("2020-07-01"), 2U);
}

// The page has one row for each type, with what the table says.
TEST_F(ScheduledEventTest, ThePageShowsTheTypes) {
  std::ifstream page(OPENIMDS_DOCS "/protocols/scheduled-events.md");
  ASSERT_TRUE(page);
  std::stringstream text;
  text << page.rdbuf();
  for (const EventTypeFacts& facts : EventTypes()) {
    const auto length = facts.notice.count();
    const std::string notice =
        length % 60 == 0 ? std::to_string(length / 60) + " min" : std::to_string(length) + " s";
    EXPECT_THAT(text.str(), HasSubstr("| `" + std::string(facts.name) + "` | " +
                                      std::string(facts.since) + " | " + notice + " |"));
  }
}

}  // namespace
}  // namespace openimds
