// SPDX-License-Identifier: Apache-2.0
#include "broker/throttle.h"

#include <gmock/gmock.h>

namespace openimds {
namespace {

using Category = Throttle::Category;
using std::chrono::milliseconds;

class ThrottleTest : public testing::Test {
 protected:
  // How many of `asked` requests are let through at once.
  int Admitted(int asked, Category category, const Guid& machine) {
    int count = 0;
    for (int i = 0; i < asked; ++i) count += throttle_.Admit(machine, category, now_) ? 1 : 0;
    return count;
  }

  Throttle throttle_{kAzureThrottle};
  Throttle::Time now_{std::chrono::hours{1}};
  const Guid one_ = Guid::Random();
  const Guid other_ = Guid::Random();
};

TEST_F(ThrottleTest, LetsASecondsRequestsThroughAtOnceAndGivesThemBackEvenly) {
  EXPECT_EQ(Admitted(50, Category::kIdentity, one_), 20);
  now_ += milliseconds{100};
  EXPECT_EQ(Admitted(50, Category::kIdentity, one_), 2);
  now_ += milliseconds{1000};
  EXPECT_EQ(Admitted(50, Category::kIdentity, one_), 20);
}

TEST_F(ThrottleTest, AskingWhileThrottledDoesNotProlongIt) {
  EXPECT_EQ(Admitted(5, Category::kOther, one_), 5);
  for (int i = 0; i < 19; ++i) {
    now_ += milliseconds{10};
    EXPECT_EQ(Admitted(1, Category::kOther, one_), 0);
  }
  now_ += milliseconds{11};
  EXPECT_EQ(Admitted(1, Category::kOther, one_), 1);
}

TEST_F(ThrottleTest, CategoriesAndMachinesAreCountedApart) {
  EXPECT_EQ(Admitted(50, Category::kOther, one_), 5);
  EXPECT_EQ(Admitted(50, Category::kIdentity, one_), 20);
  EXPECT_EQ(Admitted(50, Category::kIdentity, other_), 20);
}

TEST_F(ThrottleTest, AClockThatGoesBackGivesNothingBack) {
  EXPECT_EQ(Admitted(50, Category::kOther, one_), 5);
  now_ -= milliseconds{5000};
  EXPECT_EQ(Admitted(50, Category::kOther, one_), 0);
}

TEST_F(ThrottleTest, HoldsWhatIsUnderWayForOneMachine) {
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(throttle_.TryBegin(one_));
  EXPECT_FALSE(throttle_.TryBegin(one_));
  EXPECT_TRUE(throttle_.TryBegin(other_));
  throttle_.End(one_);
  EXPECT_TRUE(throttle_.TryBegin(one_));
}

TEST_F(ThrottleTest, WithoutLimitsNothingIsCounted) {
  Throttle none{{}};
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_TRUE(none.Admit(one_, Category::kOther, now_));
    ASSERT_TRUE(none.TryBegin(one_));
  }
}

}  // namespace
}  // namespace openimds
