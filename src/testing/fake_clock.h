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
  void Set(Time now) { now_.store(now); }
  void Advance(std::chrono::seconds by) { now_.store(now_.load() + by); }

 private:
  std::atomic<Time> now_;
};

}  // namespace openimds
