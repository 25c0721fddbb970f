// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

// Dates as the template functions read and write them. UTC; years 1 to 9999.
namespace openimds::templates {

inline constexpr std::string_view kCompactDateFormat = "yyyyMMddTHHmmssZ";  // utcNow()'s own

// A moment in seconds, and the format it was written in.
struct DateText {
  std::int64_t unix_seconds = 0;
  std::string_view format;
};

// `2026-11-25T03:05:32Z` (with a space for the T, a fraction, an offset, or without a time), or
// `20261125T030532Z`. Fractions are dropped.
std::optional<DateText> ParseDate(std::string_view text);

// .NET's custom formats of y M d H h m s f t z and quoted text, and the standard ones d, D, o, r,
// s, t, T, u. None if the format has something else, or the year is out of range.
std::optional<std::string> FormatDate(std::int64_t unix_seconds, std::string_view format);

// An ISO 8601 duration, as `P1Y2M3DT4H5M6S`, `-P9D` or `PT1H`, added to a moment. None if it is
// none, or leaves the years above.
std::optional<std::int64_t> AddDuration(std::int64_t unix_seconds, std::string_view duration);

}  // namespace openimds::templates
