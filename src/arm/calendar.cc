// SPDX-License-Identifier: Apache-2.0
#include "arm/calendar.h"

namespace openimds::templates {

namespace chrono = std::chrono;

CalendarTime CalendarOf(std::int64_t seconds) {
  const std::int64_t days =
      seconds >= 0 ? seconds / kSecondsOfDay : -((-seconds + kSecondsOfDay - 1) / kSecondsOfDay);
  const chrono::sys_days day{chrono::days{days}};
  return {chrono::year_month_day{day}, chrono::weekday{day}.c_encoding(),
          seconds - days * kSecondsOfDay};
}

std::optional<std::int64_t> SecondsOf(std::int64_t year, std::int64_t month, std::int64_t day,
                                      std::int64_t second_of_day) {
  const chrono::year_month_day date{chrono::year{static_cast<int>(year)},
                                    chrono::month{static_cast<unsigned>(month)},
                                    chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || year < 1 || year > 9999) return std::nullopt;
  return chrono::sys_days{date}.time_since_epoch().count() * kSecondsOfDay + second_of_day;
}

bool IsInCalendar(std::int64_t seconds) {
  constexpr std::int64_t kFirst = -62'135'596'800;  // 0001-01-01
  constexpr std::int64_t kLast = 253'402'300'799;   // 9999-12-31T23:59:59
  return seconds >= kFirst && seconds <= kLast;
}

}  // namespace openimds::templates
