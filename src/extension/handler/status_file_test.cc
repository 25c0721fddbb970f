// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/status_file.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include <boost/json/parse.hpp>

#include "testing/matchers.h"
#include "testing/temporary_folder.h"

namespace openimds::extension {
namespace {

namespace json = boost::json;

const Time kNow = FromUnixSeconds(1'764'000'000);

HandlerStatus Sample() {
  HandlerStatus status;
  status.operation = "Enable";
  status.kind = StatusKind::kError;
  status.code = 53;
  status.message = "no port";
  status.parts = {{"settings", StatusKind::kWarning, "left out"}};
  return status;
}

json::value Rendered(const HandlerStatus& status) {
  return json::parse(RenderStatus(status, kNow)).as_array().at(0);
}

TEST(StatusFileTest, HasTheSchemaOfEveryAgent) {
  EXPECT_EQ(
      RenderStatus(Sample(), kNow),
      R"([{"version":1.0,"timestampUTC":"2025-11-24T16:00:00Z","status":{"name":"ManagedIdentity",)"
      R"("operation":"Enable","configurationAppliedTime":"2025-11-24T16:00:00Z","status":"error",)"
      R"("code":53,"formattedMessage":{"lang":"en-US","message":"no port"},"substatus":[{"name":)"
      R"("settings","status":"warning","code":0,"formattedMessage":{"lang":"en-US","message":)"
      R"("left out"}}]}}])");
}

TEST(StatusFileTest, NamesEveryKindAsAgentsKnowIt) {
  HandlerStatus status = Sample();
  std::vector<std::string> names;
  for (const auto kind : {StatusKind::kTransitioning, StatusKind::kError, StatusKind::kSuccess,
                          StatusKind::kWarning}) {
    status.kind = kind;
    names.emplace_back(Rendered(status).at("status").at("status").as_string());
  }
  EXPECT_THAT(names, testing::ElementsAre("transitioning", "error", "success", "warning"));
}

TEST(StatusFileTest, CutsWhatIsTooLongBetweenCharacters) {
  HandlerStatus status = Sample();
  status.message = std::string(999, 'x') + "ä";
  status.parts.assign(100, status.parts.front());
  const json::value rendered = Rendered(status).at("status");
  EXPECT_EQ(rendered.at("formattedMessage").at("message").as_string(), std::string(999, 'x'));
  EXPECT_EQ(rendered.at("substatus").as_array().size(), 40U);
  EXPECT_LT(RenderStatus(status, kNow).size(), 128U * 1024);
}

TEST(StatusFileTest, IsWrittenUnderItsNumberAndNothingElseIsLeft) {
  const TemporaryFolder folder;
  ASSERT_THAT(WriteStatus(folder.path(), 7, Sample(), kNow), IsOk());
  ASSERT_THAT(WriteStatus(folder.path(), 7, Sample(), kNow), IsOk());
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    names.push_back(entry.path().filename());
  }
  EXPECT_THAT(names, testing::ElementsAre("7.status"));
}

TEST(HeartbeatTest, HasTheSchemaOfEveryAgent) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "heartbeat.log";
  for (const bool ready : {true, false}) {
    ASSERT_THAT(WriteHeartbeat(file, ready, "it answers"), IsOk());
    std::ifstream in(file);
    const json::value beat =
        json::parse(std::string{std::istreambuf_iterator<char>(in), {}}).as_array().at(0);
    EXPECT_EQ(beat.at("heartbeat").at("status"), ready ? "ready" : "notready");
    EXPECT_EQ(beat.at("heartbeat").at("formattedMessage").at("message"), "it answers");
  }
}

}  // namespace
}  // namespace openimds::extension
