// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace openimds {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
enum class LogFormat {
  kAuto,  // text if standard error is a terminal, else JSON
  kText,
  kJson,
};

std::optional<LogLevel> ParseLogLevel(std::string_view text);
std::optional<LogFormat> ParseLogFormat(std::string_view text);

struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t> value;
};

// The structured log, one line an event on standard error:
//   JSON  {"time":"2026-11-25T03:05:32Z","level":"info","event":"token.issued","machine":"vm1"}
//   text  03:05:32 info  token.issued  machine=vm1
// Event names are constant text from events.h; what varies stands in fields. Secrets never come
// here: there is no way to pass one.
//
// Every thread may write. A line is formatted at once and written by a thread of its own, so that
// a slow reader of standard error holds nobody up; if 8,192 lines wait, the oldest are given up and
// counted in the event `log.lines_lost`.
class Log {
 public:
  Log(LogLevel level, LogFormat format);
  ~Log();  // writes out what waits

  bool Enabled(LogLevel level) const;
  void SetLevel(LogLevel level);
  void Write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// One line, as Log writes it. Pure; control characters and invalid UTF-8 cannot break a line.
std::string RenderLogLine(LogFormat format, std::int64_t unix_seconds, LogLevel level,
                          std::string_view event, std::initializer_list<LogField> fields);

}  // namespace openimds
