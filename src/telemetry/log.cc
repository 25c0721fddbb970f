// SPDX-License-Identifier: Apache-2.0
#include "telemetry/log.h"

#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

#include "base/text.h"
#include "telemetry/events.h"

namespace openimds {
namespace {

constexpr std::size_t kQueueLines = 8192;

std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

// Text inside a JSON string. Bytes over 0x7F are written as \u00XX of their value: callers choose
// some of these strings, and a line must stay valid JSON whatever they send.
void AppendEscaped(std::string* line, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line->push_back('\\');
      line->push_back(c);
    } else if (byte < 0x20 || byte > 0x7e) {
      line->append("\\u00");
      line->push_back(kDigits[byte >> 4]);
      line->push_back(kDigits[byte & 15]);
    } else {
      line->push_back(c);
    }
  }
}

void AppendJsonField(std::string* line, const LogField& field) {
  line->append(",\"").append(field.name).append("\":");
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    line->append(std::to_string(*number));
    return;
  }
  line->push_back('"');
  AppendEscaped(line, std::get<std::string_view>(field.value));
  line->push_back('"');
}

bool NeedsQuotes(std::string_view text) {
  if (text.empty()) return true;
  for (const char c : text) {
    if (c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '=') return true;
  }
  return false;
}

void AppendTextField(std::string* line, const LogField& field) {
  line->append(" ").append(field.name).append("=");
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    line->append(std::to_string(*number));
    return;
  }
  const auto text = std::get<std::string_view>(field.value);
  if (!NeedsQuotes(text)) {
    line->append(text);
    return;
  }
  line->push_back('"');
  AppendEscaped(line, text);
  line->push_back('"');
}

}  // namespace

std::optional<LogLevel> ParseLogLevel(std::string_view text) {
  for (const LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError}) {
    if (text == LevelName(level)) return level;
  }
  return std::nullopt;
}

std::optional<LogFormat> ParseLogFormat(std::string_view text) {
  if (text == "auto") return LogFormat::kAuto;
  if (text == "text") return LogFormat::kText;
  if (text == "json") return LogFormat::kJson;
  return std::nullopt;
}

std::string RenderLogLine(LogFormat format, std::int64_t unix_seconds, LogLevel level,
                          std::string_view event, std::initializer_list<LogField> fields) {
  const std::string time = FormatIsoTime(unix_seconds);
  std::string line;
  line.reserve(256);
  if (format == LogFormat::kJson) {
    line.append("{\"time\":\"").append(time);
    line.append("\",\"level\":\"").append(LevelName(level));
    line.append("\",\"event\":\"").append(event).append("\"");
    for (const LogField& field : fields) AppendJsonField(&line, field);
    line.append("}");
  } else {
    line.append(time.substr(11, 8)).append(" ").append(LevelName(level));
    line.append(LevelName(level).size() == 4 ? "  " : " ").append(event).append(" ");
    for (const LogField& field : fields) AppendTextField(&line, field);
  }
  return line;
}

struct Log::Parts {
  std::atomic<LogLevel> level;
  LogFormat format;
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
  std::atomic<std::size_t> lost_reported{0};
};

Log::Log(LogLevel level, LogFormat format) : parts_(std::make_unique<Parts>()) {
  parts_->level = level;
  parts_->format = format;
  if (format == LogFormat::kAuto) {
    parts_->format = isatty(STDERR_FILENO) ? LogFormat::kText : LogFormat::kJson;
  }
  parts_->pool = std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1U);
  parts_->logger = std::make_shared<spdlog::async_logger>(
      "openimds", std::make_shared<spdlog::sinks::stderr_sink_mt>(), parts_->pool,
      spdlog::async_overflow_policy::overrun_oldest);
  parts_->logger->set_pattern("%v");
  parts_->logger->set_level(spdlog::level::trace);
  parts_->logger->flush_on(spdlog::level::trace);
}

Log::~Log() = default;

bool Log::Enabled(LogLevel level) const { return level >= parts_->level.load(); }

void Log::SetLevel(LogLevel level) { parts_->level = level; }

void Log::Write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!Enabled(level)) return;
  const std::int64_t now = time(nullptr);
  parts_->logger->log(spdlog::level::info,
                      RenderLogLine(parts_->format, now, level, event, fields));

  const std::size_t lost = parts_->pool->overrun_counter();
  const std::size_t reported = parts_->lost_reported.exchange(lost);
  if (lost <= reported) return;
  parts_->logger->log(spdlog::level::info,
                      RenderLogLine(parts_->format, now, LogLevel::kWarn, events::kLinesLost,
                                    {{"count", static_cast<std::int64_t>(lost - reported)}}));
}

}  // namespace openimds
