// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <thread>

#include <boost/json.hpp>

#include "base/reasons.h"
#include "telemetry/audit.h"
#include "telemetry/log.h"

namespace openimds {
namespace {

namespace json = boost::json;

TEST(LogTest, AJsonLineStaysJsonWhateverACallerSends) {
  const std::string hostile("a\"b\\c\nd\x01\xff\0e", 12);
  const auto line = RenderLogLine(LogFormat::kJson, 1506484173, LogLevel::kWarn, "x.y",
                                  {{"resource", std::string_view(hostile)}, {"count", 3}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const json::value parsed = json::parse(line);
  EXPECT_EQ(parsed.at("time").as_string(), "2017-09-27T03:49:33Z");
  EXPECT_EQ(parsed.at("level").as_string(), "warn");
  EXPECT_EQ(parsed.at("count").as_int64(), 3);
}

TEST(LogTest, ATextLineQuotesWhatWouldBreakIt) {
  EXPECT_EQ(RenderLogLine(LogFormat::kText, 1506484173, LogLevel::kInfo, "x.y",
                          {{"a", "plain"}, {"b", "two words\n"}, {"c", ""}, {"n", -1}}),
            "03:49:33 info  x.y  a=plain b=\"two words\\u000a\" c=\"\" n=-1");
}

class AuditTest : public testing::Test {
 protected:
  // Runs `record` on a fresh trail and returns the JSON lines that it wrote.
  template <class F>
  std::vector<json::object> LinesOf(F record) {
    testing::internal::CaptureStderr();
    {
      Log log(LogLevel::kDebug, LogFormat::kJson);
      AuditTrail trail(log);
      record(trail);
    }
    std::vector<json::object> lines;
    std::istringstream text(testing::internal::GetCapturedStderr());
    for (std::string line; std::getline(text, line);) {
      lines.push_back(json::parse(line).as_object());
    }
    return lines;
  }

  static std::int64_t Sum(const std::vector<json::object>& lines) {
    std::int64_t sum = 0;
    for (const auto& line : lines) sum += line.at("count").as_int64();
    return sum;
  }

  const std::shared_ptr<const AuditSubject> subject_ =
      std::make_shared<AuditSubject>(AuditSubject{"m", "i", "r"});
};

TEST_F(AuditTest, OneEventIsOneLine) {
  const auto lines = LinesOf([&](AuditTrail& trail) {
    trail.Record({"imds", subject_, {}, ""}, [] { return "127.0.0.1:1"; });
    trail.Record({"imds", subject_, {}, "identity.not_found"}, [] { return "127.0.0.1:2"; });
  });
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].at("event").as_string(), "token.issued");
  EXPECT_EQ(lines[0].at("peer").as_string(), "127.0.0.1:1");
  EXPECT_EQ(lines[1].at("event").as_string(), "token.refused");
  EXPECT_EQ(lines[1].at("reason").as_string(), "identity.not_found");
}

TEST_F(AuditTest, AProbeWithoutTheHeaderIsForDebuggingOnly) {
  const auto lines = LinesOf([&](AuditTrail& trail) {
    trail.Record({"imds", subject_, {}, reasons::kMetadataHeader}, [] { return "127.0.0.1:1"; });
  });
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].at("level").as_string(), "debug");
}

TEST_F(AuditTest, AFloodIsAddedUpAndLosesNoEvent) {
  constexpr int kEvents = 100'000;
  const auto lines = LinesOf([&](AuditTrail& trail) {
    for (int i = 0; i < kEvents; ++i) {
      trail.Record({"imds", subject_, {}, ""}, [] { return "127.0.0.1:1"; });
    }
  });
  EXPECT_EQ(Sum(lines), kEvents);
  EXPECT_LT(lines.size(), 2'000U);
}

TEST_F(AuditTest, AFloodOfDifferentEventsStaysBoundedAndExact) {
  constexpr int kEvents = 20'000;
  const auto lines = LinesOf([&](AuditTrail& trail) {
    for (int i = 0; i < kEvents; ++i) {
      const auto each =
          std::make_shared<AuditSubject>(AuditSubject{"m", "i", "r" + std::to_string(i)});
      trail.Record({"imds", each, {}, "identity.not_found"}, [] { return "127.0.0.1:1"; });
    }
  });
  EXPECT_EQ(Sum(lines), kEvents);
  EXPECT_LT(lines.size(), 8'000U);
}

TEST_F(AuditTest, ThreadsRecordAtOnce) {
  constexpr int kEach = 5'000;
  const auto lines = LinesOf([&](AuditTrail& trail) {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kEach; ++i) {
          trail.Record({"imds", subject_, {}, ""}, [] { return "127.0.0.1:1"; });
        }
      });
    }
  });
  EXPECT_EQ(Sum(lines), 4 * kEach);
}

}  // namespace
}  // namespace openimds
