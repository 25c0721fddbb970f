// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

// Seconds since 1970 and what they are on the calendar, for the dates of templates.
namespace openimds::templates {

inline constexpr std::int64_t kSecondsOfDay = 86'400;

// What a moment is on the calendar.
struct CalendarTime {
  std::chrono::year_month_day date;
  unsigned weekday = 0;
  std::int64_t second_of_day = 0;
};

CalendarTime CalendarOf(std::int64_t seconds);

// None for a day that there is not, or a year that is not 1 to 9999.
std::optional<std::int64_t> SecondsOf(std::int64_t year, std::int64_t month, std::int64_t day,
                                      std::int64_t second_of_day);

bool IsInCalendar(std::int64_t seconds);  // the same years

}  // namespace openimds::templates
