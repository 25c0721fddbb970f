// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace openimds {

// Wall time. Expiry is judged by it; timers are not (they use steady time), so that a clock that
// jumps neither serves an expired token nor fires every timer at once.
using Time = std::chrono::system_clock::time_point;

inline std::int64_t ToUnixSeconds(Time time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}
inline Time FromUnixSeconds(std::int64_t seconds) { return Time{std::chrono::seconds{seconds}}; }

// The same for a number that somebody else wrote: nothing before 1970 or from the year 2200 on.
// Time ends in 2262, so that there is room for adding to it.
inline std::optional<Time> TimeFromNumber(std::int64_t unix_seconds) {
  constexpr std::int64_t kLast = 7'258'118'400;
  if (unix_seconds < 0 || unix_seconds > kLast) return std::nullopt;
  return FromUnixSeconds(unix_seconds);
}

// Time that only goes forward, at the pace of the wall clock but deaf to its corrections. For
// pauses and timers; its zero means nothing, so it is never kept or shown.
using SteadyTime = std::chrono::steady_clock::time_point;

// Where the time comes from. Every thread may call it. Tests own time through FakeClock.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time Now() const = 0;
  virtual SteadyTime SteadyNow() const = 0;
};

class SystemClock final : public Clock {
 public:
  Time Now() const override { return std::chrono::system_clock::now(); }
  SteadyTime SteadyNow() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace openimds
