// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>

#include "arm/calendar.h"
#include "arm/date_text.h"

namespace openimds::templates {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

std::string Padded(std::int64_t number, std::size_t width) {
  std::string digits = std::to_string(number);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return digits;
}

std::string OffsetText(std::size_t count) {
  return count == 1 ? "+0" : count == 2 ? "+00" : "+00:00";
}

std::string FormatDay(const CalendarTime& time, std::size_t count) {
  if (count <= 2) return Padded(static_cast<unsigned>(time.date.day()), count);
  const std::string_view name = kDays[time.weekday];
  return std::string(count == 3 ? name.substr(0, 3) : name);
}

std::string FormatMonth(const CalendarTime& time, std::size_t count) {
  const auto month = static_cast<unsigned>(time.date.month());
  if (count <= 2) return Padded(month, count);
  const std::string_view name = kMonths[month - 1];
  return std::string(count == 3 ? name.substr(0, 3) : name);
}

std::string FormatYear(const CalendarTime& time, std::size_t count) {
  const int year = static_cast<int>(time.date.year());
  return Padded(count <= 2 ? year % 100 : year, count);
}

// One letter of a custom format, `count` times.
std::optional<std::string> FormatPart(const CalendarTime& time, char letter, std::size_t count) {
  const std::int64_t hour = time.second_of_day / 3600;
  const std::size_t width = std::min<std::size_t>(count, 2);
  switch (letter) {
    case 'y':
      return FormatYear(time, count);
    case 'M':
      return FormatMonth(time, count);
    case 'd':
      return FormatDay(time, count);
    case 'H':
      return Padded(hour, width);
    case 'h':
      return Padded((hour + 11) % 12 + 1, width);
    case 'm':
      return Padded(time.second_of_day / 60 % 60, width);
    case 's':
      return Padded(time.second_of_day % 60, width);
    case 'f':
      return std::string(count, '0');
    case 'F':
      return std::string();
    case 't':
      return std::string(hour < 12 ? "AM" : "PM").substr(0, width);
    case 'z':
      return OffsetText(count);
    case 'K':
      return std::string("Z");
    default:
      return std::nullopt;
  }
}

std::string_view CustomFormatOf(std::string_view format) {
  if (format.size() != 1) return format;
  switch (format[0]) {
    case 'd':
      return "MM/dd/yyyy";
    case 'D':
      return "dddd, dd MMMM yyyy";
    case 'o':
    case 'O':
      return "yyyy-MM-ddTHH:mm:ss.fffffffZ";
    case 'r':
    case 'R':
      return "ddd, dd MMM yyyy HH:mm:ss 'GMT'";
    case 's':
      return "yyyy-MM-ddTHH:mm:ss";
    case 't':
      return "HH:mm";
    case 'T':
      return "HH:mm:ss";
    case 'u':
      return "yyyy-MM-dd HH:mm:ssZ";
    default:
      return {};
  }
}

}  // namespace

std::optional<std::string> FormatDate(std::int64_t unix_seconds, std::string_view format) {
  format = CustomFormatOf(format);
  if (format.empty() || format.size() > 100 || !IsInCalendar(unix_seconds)) return std::nullopt;
  const CalendarTime time = CalendarOf(unix_seconds);
  std::string text;
  for (std::size_t at = 0; at < format.size();) {
    const char c = format[at];
    if (c == '\'' || c == '"') {
      const std::size_t end = format.find(c, at + 1);
      if (end == format.npos) return std::nullopt;
      text += format.substr(at + 1, end - at - 1);
      at = end + 1;
      continue;
    }
    const std::size_t count = std::min(format.find_first_not_of(c, at), format.size()) - at;
    if (const auto part = FormatPart(time, c, count)) {
      text += *part;
    } else if (std::string_view("TZ -/:.,_").find(c) != std::string_view::npos) {
      text.append(count, c);
    } else {
      return std::nullopt;
    }
    at += count;
  }
  return text;
}

}  // namespace openimds::templates
