// SPDX-License-Identifier: Apache-2.0
#include "tokens/fetch_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace openimds {
namespace {

TEST(FetchPoolTest, ALaneThatHangsDoesNotHoldUpAnother) {
  std::latch release(1);
  FetchPool pool(4, 1, 64);
  const Guid hanging = Guid::Random(), other = Guid::Random();
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(pool.TryRun(hanging, [&] { release.wait(); }));
  std::latch done(20);
  for (int i = 0; i < 20; ++i) {
    while (!pool.TryRun(other, [&] { done.count_down(); })) std::this_thread::yield();
  }
  done.wait();  // for ever, if the lane had taken all threads
  release.count_down();
}

TEST(FetchPoolTest, OneLaneNeverRunsOnMoreThreadsThanItsShare) {
  FetchPool pool(8, 2, 400);
  const Guid lane = Guid::Random();
  std::atomic<int> running{0}, most{0};
  std::latch done(100);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(pool.TryRun(lane, [&] {
      const int now = ++running;
      int seen = most.load();
      while (now > seen && !most.compare_exchange_weak(seen, now)) {
      }
      std::this_thread::yield();
      --running;
      done.count_down();
    }));
  }
  done.wait();
  EXPECT_LE(most.load(), 2);
}

TEST(FetchPoolTest, RefusesWhatIsBeyondALanesShareOfTheQueueAndBeyondTheQueue) {
  std::latch running(1), release(1);
  FetchPool pool(1, 1, 8);
  ASSERT_TRUE(pool.TryRun(Guid::Random(), [&] {
    running.count_down();
    release.wait();
  }));
  running.wait();
  const Guid lane = Guid::Random();
  EXPECT_TRUE(pool.TryRun(lane, [] {}));
  EXPECT_TRUE(pool.TryRun(lane, [] {}));
  EXPECT_FALSE(pool.TryRun(lane, [] {}));
  int accepted = 2;
  for (int i = 0; i < 20; ++i) accepted += pool.TryRun(Guid::Random(), [] {}) ? 1 : 0;
  EXPECT_EQ(accepted, 8);
  release.count_down();
}

TEST(FetchPoolTest, StoppingRunsWhatWasAcceptedAndNothingElse) {
  std::atomic<int> ran{0};
  FetchPool pool(2, 1, 64);
  for (int i = 0; i < 16; ++i) ASSERT_TRUE(pool.TryRun(Guid::Random(), [&] { ++ran; }));
  pool.Stop();
  EXPECT_EQ(ran.load(), 16);
  EXPECT_FALSE(pool.TryRun(Guid::Random(), [&] { ++ran; }));
}

}  // namespace
}  // namespace openimds
