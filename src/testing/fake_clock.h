// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>

#include "base/clock.h"

namespace openimds {

// Time that stands still until the test moves it. Every thread may use it.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Time now = FromUnixSeconds(1'700'000'000)) : now_(now) {}

  Time Now() const override { return now_.load(); }
  SteadyTime SteadyNow() const override { return steady_.load(); }

  void Advance(std::chrono::seconds by) {
    now_.store(now_.load() + by);
    steady_.store(steady_.load() + by);
  }
  void Set(Time now) { now_.store(now); }  // somebody corrected the wall clock
  void Jump(std::chrono::seconds by) { now_.store(now_.load() + by); }

 private:
  std::atomic<Time> now_;
  std::atomic<SteadyTime> steady_{SteadyTime{std::chrono::hours{1}}};
};

}  // namespace openimds
