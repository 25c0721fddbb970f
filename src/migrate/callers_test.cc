// SPDX-License-Identifier: Apache-2.0
#include "migrate/callers.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "testing/matchers.h"

namespace openimds::migrate {
namespace {

using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Optional;

constexpr char kBook[] = R"({"since": 1000, "callers": [
  {"process": "old", "executable": "/usr/bin/old", "uid": 33, "pid": 7, "requests": 5,
   "first": 1000, "last": 2000},
  {"process": "?", "executable": "", "uid": 4294967295, "pid": 0, "requests": 1,
   "first": 5000, "last": 5000}]})";

TEST(CallersTest, WhoAskedLastStandsFirst) {
  const auto report = ParseCallerReport(kBook);
  ASSERT_THAT(report, IsOk());
  EXPECT_THAT(report->callers,
              ElementsAre(Field(&Caller::process, "?"), Field(&Caller::process, "old")));
  EXPECT_EQ(report->callers[0].uid, std::nullopt);
  EXPECT_THAT(report->callers[1].uid, Optional(33U));
  EXPECT_EQ(report->callers[1].last, FromUnixSeconds(2000));
}

TEST(CallersTest, QuietIsOnlySaidOfATimeThatWasWatched) {
  const auto report = ParseCallerReport(kBook);
  ASSERT_THAT(report, IsOk());
  const auto quiet = [&](hours length, std::int64_t now) {
    return report->QuietFor(length, FromUnixSeconds(now));
  };
  EXPECT_EQ(quiet(hours{1}, 5000), false);
  EXPECT_EQ(quiet(hours{1}, 5000 + 3599), false);
  EXPECT_EQ(quiet(hours{1}, 5000 + 3600), true);
  const CallerReport young{FromUnixSeconds(1000), {}};
  EXPECT_EQ(young.QuietFor(hours{1}, FromUnixSeconds(1000 + 3599)), std::nullopt);
  EXPECT_EQ(young.QuietFor(hours{1}, FromUnixSeconds(1000 + 3600)), true);
}

TEST(CallersTest, NewCallsAreThoseThatWereNotCountedBefore) {
  const auto before = ParseCallerReport(kBook);
  auto now = before;
  EXPECT_THAT(NewCalls(*before, *now), IsEmpty());
  now->callers[1].requests = 6;
  now->callers.push_back(now->callers[1]);
  now->callers.back().uid = 34;
  EXPECT_THAT(NewCalls(*before, *now),
              ElementsAre(Field(&Caller::uid, Optional(33U)), Field(&Caller::uid, Optional(34U))));
}

TEST(CallersTest, WhatIsNoBookIsSaidToBeNone) {
  for (
      const char* text :
      {"", "[]", "{}", R"({"since": 1})", R"({"since": 1, "callers": {}})",
       R"({"since": -1, "callers": []})", R"({"since": 1, "callers": [1]})",
       R"({"since": 1, "callers": [{"process": "x"}]})",
       R"({"since": 1, "callers": [{"uid": 4294967296, "requests": 1, "first": 1, "last": 1}]})"}) {
    EXPECT_THAT(ParseCallerReport(text), FailsWith(reasons::kFileUnreadable)) << text;
  }
}

}  // namespace
}  // namespace openimds::migrate
