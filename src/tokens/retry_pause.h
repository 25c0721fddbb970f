// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "base/result.h"

namespace openimds {

// A number from 0 up to 1, not the same in two processes. Not for secrets.
double RandomFraction();

// When may a thing that failed be tried again: after a second, two, four, … up to a minute, each
// spread by half to either side so that many do not come back together, and never before the time
// that the failure itself named. A plain value; its owner locks.
class RetryPause {
 public:
  static constexpr std::chrono::seconds kFirst{1};
  static constexpr std::chrono::seconds kLongest{60};

  void Failed(SteadyTime now, std::chrono::seconds asked_for);
  void Succeeded() { *this = RetryPause(); }

  // Until then it is not tried; the past if it never failed.
  SteadyTime over_at() const { return over_at_; }
  bool IsOver(SteadyTime now) const { return now >= over_at_; }
  // Whole seconds from `now`, rounded up; at least one.
  std::chrono::seconds Left(SteadyTime now) const;
  int failures() const { return failures_; }

 private:
  SteadyTime over_at_{};
  int failures_ = 0;
};

}  // namespace openimds
