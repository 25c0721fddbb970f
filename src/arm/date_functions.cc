// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "arm/date_text.h"
#include "arm/function_groups.h"
#include "arm/scope.h"

namespace openimds::templates {
namespace {

Result<DateText> DateArgument(const FunctionCall& call, std::size_t i) {
  TRY(const std::string_view text, call.Text(i));
  if (const auto date = ParseDate(text)) return *date;
  return call.FailCall("expected a date like 2026-11-25T03:05:32Z");
}

// In the format that an argument names, else in `otherwise`.
Result<Value> GiveDate(FunctionCall& call, std::int64_t seconds, std::size_t format_at,
                       std::string_view otherwise) {
  std::string_view format = otherwise;
  if (call.size() > format_at) {
    TRY(format, call.Text(format_at));
  }
  if (const auto text = FormatDate(seconds, format)) return call.GiveText(*text);
  return call.FailCall(
      "expected a format of y, M, d, H, h, m, s, f, t, z, or one of d, D, o, r, s, "
      "t, T, u");
}

Result<Value> UtcNow(FunctionCall& call) {
  if (!call.context().is_parameter_default) {
    return call.FailCall("expected only in the default value of a parameter");
  }
  const Time now = call.context().scope->surroundings().now;
  return GiveDate(call, ToUnixSeconds(now), 0, kCompactDateFormat);
}

Result<Value> DateTimeAdd(FunctionCall& call) {
  TRY(const DateText date, DateArgument(call, 0));
  TRY(const std::string_view duration, call.Text(1));
  const auto moved = AddDuration(date.unix_seconds, duration);
  if (!moved) {
    return call.FailCall("expected a duration like P1Y, -P9D or PT1H");
  }
  return GiveDate(call, *moved, 2, date.format);
}

Result<Value> DateTimeFromEpoch(FunctionCall& call) {
  TRY(const std::int64_t seconds, call.Number(0));
  if (const auto text = FormatDate(seconds, "yyyy-MM-ddTHH:mm:ssZ")) return call.GiveText(*text);
  return call.FailCall("expected seconds of the years 1 to 9999, got " + std::to_string(seconds));
}

Result<Value> DateTimeToEpoch(FunctionCall& call) {
  TRY(const DateText date, DateArgument(call, 0));
  return MakeValue(date.unix_seconds);
}

constexpr TemplateFunction kFunctions[] = {
    {"dateTimeAdd", 2, 3, DateTimeAdd},
    {"dateTimeFromEpoch", 1, 1, DateTimeFromEpoch},
    {"dateTimeToEpoch", 1, 1, DateTimeToEpoch},
    {"utcNow", 0, 1, UtcNow},
};

}  // namespace

std::span<const TemplateFunction> DateFunctions() { return kFunctions; }

}  // namespace openimds::templates
