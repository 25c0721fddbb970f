// SPDX-License-Identifier: Apache-2.0
#include "arm/date_text.h"

#include <algorithm>
#include <chrono>

#include "arm/calendar.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace chrono = std::chrono;

// Reads digits and fixed characters from the front of a text; remembers whether all were there.
class DateReader {
 public:
  explicit DateReader(std::string_view text) : left_(text) {}

  std::int64_t Digits(std::size_t count) {
    std::int64_t number = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const bool digit = i < left_.size() && left_[i] >= '0' && left_[i] <= '9';
      good_ = good_ && digit;
      number = number * 10 + (digit ? left_[i] - '0' : 0);
    }
    left_.remove_prefix(std::min(count, left_.size()));
    return number;
  }
  bool TakeOneOf(std::string_view characters) {
    if (left_.empty() || characters.find(left_[0]) == characters.npos) return false;
    left_.remove_prefix(1);
    return true;
  }
  void Need(std::string_view characters) { good_ = TakeOneOf(characters) && good_; }
  void SkipDigits() {
    const std::size_t end = left_.find_first_not_of("0123456789");
    left_.remove_prefix(std::min(end, left_.size()));
  }
  std::string_view left() const { return left_; }
  bool good() const { return good_; }

 private:
  std::string_view left_;
  bool good_ = true;
};

// `Z`, `+02:00`, `-0800`, or nothing (UTC): the seconds that are to be subtracted.
std::optional<std::int64_t> ReadOffset(DateReader& reader) {
  if (reader.left().empty() || reader.TakeOneOf("Zz")) return 0;
  const std::int64_t sign = reader.left()[0] == '-' ? -1 : 1;
  reader.Need("+-");
  const std::int64_t hours = reader.Digits(2);
  reader.TakeOneOf(":");
  const std::int64_t minutes = reader.Digits(2);
  if (!reader.good() || hours > 14 || minutes > 59) return std::nullopt;
  return sign * (hours * 3600 + minutes * 60);
}

// One `12X` of a duration; months and seconds are kept apart, since months differ in length.
bool ReadDurationPart(DateReader& reader, bool in_time, std::int64_t* months,
                      std::int64_t* seconds) {
  const std::size_t digits = reader.left().find_first_not_of("0123456789");
  if (digits == 0 || digits > 9) return false;
  const std::int64_t number = reader.Digits(digits);
  const char unit = reader.left()[0];
  reader.Need(in_time ? "HMS" : "YMWD");
  if (!reader.good()) return false;
  if (in_time) {
    *seconds += number * (unit == 'H' ? 3600 : unit == 'M' ? 60 : 1);
  } else if (unit == 'Y' || unit == 'M') {
    *months += number * (unit == 'Y' ? 12 : 1);
  } else {
    *seconds += number * kSecondsOfDay * (unit == 'W' ? 7 : 1);
  }
  return true;
}

std::optional<std::int64_t> AddMonths(std::int64_t unix_seconds, std::int64_t months) {
  const CalendarTime time = CalendarOf(unix_seconds);
  if (months > 12 * 10'000 || months < -12 * 10'000) return std::nullopt;
  const std::int64_t month = static_cast<int>(time.date.year()) * std::int64_t{12} +
                             static_cast<unsigned>(time.date.month()) - 1 + months;
  if (month < 12) return std::nullopt;
  const chrono::year_month_day_last last{
      chrono::year{static_cast<int>(month / 12)},
      chrono::month_day_last{chrono::month{static_cast<unsigned>(month % 12 + 1)}}};
  const unsigned day =
      std::min(static_cast<unsigned>(time.date.day()), static_cast<unsigned>(last.day()));
  return SecondsOf(month / 12, month % 12 + 1, day, time.second_of_day);
}

}  // namespace

std::optional<DateText> ParseDate(std::string_view text) {
  DateReader reader(TrimSpace(text));
  const std::int64_t year = reader.Digits(4);
  const bool dashes = reader.TakeOneOf("-");
  const std::int64_t month = reader.Digits(2);
  if (dashes) reader.Need("-");
  const std::int64_t day = reader.Digits(2);
  std::string_view format = dashes ? "yyyy-MM-dd" : "yyyyMMdd";
  std::int64_t second_of_day = 0;
  if (!reader.left().empty()) {
    const bool space = reader.left()[0] == ' ';
    format = !dashes ? kCompactDateFormat : space ? "yyyy-MM-dd HH:mm:ssZ" : "yyyy-MM-ddTHH:mm:ssZ";
    reader.Need(dashes ? "Tt " : "Tt");
    const std::int64_t hour = reader.Digits(2);
    if (dashes) reader.Need(":");
    const std::int64_t minute = reader.Digits(2);
    if (dashes) reader.Need(":");
    const std::int64_t second = reader.Digits(2);
    if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
    second_of_day = hour * 3600 + minute * 60 + second;
    if (reader.TakeOneOf(".")) reader.SkipDigits();
  }
  const auto offset = ReadOffset(reader);
  const auto seconds = SecondsOf(year, month, day, second_of_day);
  if (!reader.good() || !reader.left().empty() || !offset || !seconds) return std::nullopt;
  return DateText{*seconds - *offset, format};
}

std::optional<std::int64_t> AddDuration(std::int64_t unix_seconds, std::string_view duration) {
  DateReader reader(duration);
  const std::int64_t sign = reader.TakeOneOf("-") ? -1 : 1;
  reader.Need("P");
  std::int64_t months = 0, seconds = 0;
  bool in_time = false, any = false;
  while (!reader.left().empty()) {
    if (!in_time && reader.TakeOneOf("T")) {
      in_time = true;
      any = false;
    }
    if (reader.left().empty() || !ReadDurationPart(reader, in_time, &months, &seconds)) {
      return std::nullopt;
    }
    any = true;
  }
  if (!reader.good() || !any) return std::nullopt;
  const auto moved = AddMonths(unix_seconds, sign * months);
  if (!moved || !IsInCalendar(*moved + sign * seconds)) return std::nullopt;
  return *moved + sign * seconds;
}

}  // namespace openimds::templates
