// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace openimds::extension {

// How long to wait before a program that ended is started again: at once for one that ran well for
// a while, and never so long that it is not back within two seconds.
class RestartPlan {
 public:
  static constexpr std::chrono::milliseconds kShortest{50};
  static constexpr std::chrono::milliseconds kLongest{1500};
  static constexpr std::chrono::seconds kRanWell{10};

  std::chrono::milliseconds DelayAfter(SteadyTime started, SteadyTime ended) {
    next_ = ended - started >= kRanWell ? kShortest : std::min(next_ * 2, kLongest);
    return next_;
  }

 private:
  std::chrono::milliseconds next_ = kShortest / 2;
};

}  // namespace openimds::extension
