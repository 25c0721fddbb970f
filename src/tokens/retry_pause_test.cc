// SPDX-License-Identifier: Apache-2.0
#include "tokens/retry_pause.h"

#include <gtest/gtest.h>

namespace openimds {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr SteadyTime kNow{std::chrono::hours{1}};

TEST(RetryPauseTest, NothingPausesWhatNeverFailed) { EXPECT_TRUE(RetryPause().IsOver(kNow)); }

TEST(RetryPauseTest, GrowsFromASecondToAMinuteAndIsSpread) {
  RetryPause pause;
  for (const int expected : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
    pause.Failed(kNow, {});
    const auto length = pause.over_at() - kNow;
    EXPECT_GE(length, milliseconds{expected * 500});
    EXPECT_LE(length, milliseconds{expected * 1'500});
  }
}

TEST(RetryPauseTest, NeverEndsBeforeTheTimeThatWasAskedFor) {
  RetryPause pause;
  pause.Failed(kNow, seconds{300});
  EXPECT_EQ(pause.over_at(), kNow + seconds{300});
  EXPECT_EQ(pause.Left(kNow + milliseconds{500}), seconds{300});
  EXPECT_FALSE(pause.IsOver(kNow + seconds{299}));
  EXPECT_TRUE(pause.IsOver(kNow + seconds{300}));
}

TEST(RetryPauseTest, BeginsAnewAfterASuccess) {
  RetryPause pause;
  for (int i = 0; i < 5; ++i) pause.Failed(kNow, {});
  pause.Succeeded();
  EXPECT_TRUE(pause.IsOver(kNow));
  pause.Failed(kNow, {});
  EXPECT_LE(pause.over_at(), kNow + milliseconds{1'500});
}

TEST(RetryPauseTest, FractionsDiffer) {
  const double first = RandomFraction();
  bool differs = false;
  for (int i = 0; i < 20; ++i) differs = differs || RandomFraction() != first;
  EXPECT_TRUE(differs);
}

}  // namespace
}  // namespace openimds
