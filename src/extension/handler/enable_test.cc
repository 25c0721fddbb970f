// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/enable.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <deque>
#include <fstream>

#include "base/reasons.h"
#include "extension/daemon_settings.h"
#include "extension/daemon_status.h"
#include "extension/handler/daemon_plan.h"
#include "extension/handler/discovery_file.h"
#include "testing/fake_clock.h"
#include "testing/matchers.h"
#include "testing/temporary_folder.h"

namespace openimds::extension {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

// Stands for guard and daemon: holds the daemon's lock, and says what it serves.
class FakeKeeper final : public DaemonKeeper {
 public:
  explicit FakeKeeper(const HandlerEnvironment& environment) : environment_(environment) {}

  Result<void> Keep() override {
    ++kept;
    const ServiceFolder folder(environment_.package_folder);
    const auto settings = ReadDaemonSettings(folder.settings());
    if (!settings) return tl::unexpected<Error>(settings.error());
    if (!lives) return {};
    if (!life_.is_open()) {
      life_ = *LifeLock(folder.daemon_lock()).Take();
      LifeLock::Note(life_, getpid());
    }
    DaemonStatus status;
    status.pid = pid;
    status.port = settings->port;
    status.mode = settings->mode;
    status.generation = settings->generation;
    status.serving = problem.empty();
    status.message = problem;
    return WriteDaemonStatus(status, StateFolderOf(environment_));
  }
  Result<void> Release() override { return {}; }
  void Forget() override {}

  int kept = 0;
  bool lives = true;
  pid_t pid = getpid();
  std::string problem;

 private:
  const HandlerEnvironment& environment_;
  Descriptor life_;
};

class EnableTest : public testing::Test {
 protected:
  EnableTest() {
    environment_.package_folder = folder_.path() / "agent" / "P.T-1.0";
    environment_.config_folder = environment_.package_folder / "config";
    environment_.status_folder = environment_.package_folder / "status";
    environment_.log_folder = folder_.path() / "log";
    fs::create_directories(environment_.config_folder);
    fs::create_directories(environment_.status_folder);
    fs::create_directories(StateFolderOf(environment_));
  }

  Result<HandlerStatus> Run(std::string_view public_settings, std::uint64_t sequence = 0) {
    const fs::path file = environment_.config_folder / (std::to_string(sequence) + ".settings");
    std::ofstream(file) << R"({"runtimeSettings":[{"handlerSettings":{"publicSettings":)"
                        << public_settings << "}}]}";
    chmod(file.c_str(), 0644);
    EnableParts parts{.environment = environment_, .keeper = keeper_, .clock = clock_};
    parts.ask = [this](const AppliedSettings& applied) {
      asked_.push_back(applied);
      EndpointProbe probe = answers_.front();
      if (answers_.size() > 1) answers_.pop_front();
      return probe;
    };
    parts.pause = [this](std::chrono::milliseconds) { clock_.Advance(seconds{1}); };
    return Enable({sequence, file, true}, parts);
  }

  ServiceFolder Service() const { return ServiceFolder(environment_.package_folder); }

  const TemporaryFolder folder_;
  HandlerEnvironment environment_;
  FakeKeeper keeper_{environment_};
  FakeClock clock_;
  std::deque<EndpointProbe> answers_{{EndpointAnswer::kToken, ""}};
  std::vector<AppliedSettings> asked_;
};

TEST_F(EnableTest, SucceedsWithATokenFromWhereTheDiscoveryFilePoints) {
  const auto status = Run(R"({"port":50399})");
  ASSERT_THAT(status, IsOk());
  EXPECT_EQ(status->kind, StatusKind::kSuccess);
  ASSERT_EQ(asked_.size(), 1U);
  EXPECT_EQ(asked_[0].port, 50399);
  EXPECT_EQ(*ReadDiscovery(environment_.agent_folder()), 50399);
  EXPECT_EQ(keeper_.kept, 1);
  EXPECT_FALSE(Service().ReadApplied()->waiting);
}

TEST_F(EnableTest, HasTheDaemonKeptEvenIfTheSettingsAreTheSame) {
  ASSERT_THAT(Run("{}"), IsOk());
  ASSERT_THAT(Run("{}"), IsOk());
  EXPECT_EQ(keeper_.kept, 2) << "ForceRerun and a restart of the machine bring it back";
  EXPECT_EQ(ReadDaemonSettings(Service().settings())->generation, 2U);
}

TEST_F(EnableTest, WaitsForATokenThatComesALittleLater) {
  answers_ = {
      {EndpointAnswer::kLater, "DNS"}, {EndpointAnswer::kSilent, ""}, {EndpointAnswer::kToken, ""}};
  const auto status = Run("{}");
  ASSERT_THAT(status, IsOk());
  EXPECT_EQ(status->kind, StatusKind::kSuccess);
  EXPECT_EQ(asked_.size(), 3U);
}

TEST_F(EnableTest, LeavesATokenThatDoesNotComeToTheGuard) {
  answers_ = {{EndpointAnswer::kLater, "the name does not resolve"}};
  const auto status = Run("{}", 3);
  ASSERT_THAT(status, IsOk());
  EXPECT_EQ(status->kind, StatusKind::kTransitioning);
  EXPECT_NE(status->message.find("the name does not resolve"), std::string::npos);
  const auto applied = Service().ReadApplied();
  ASSERT_THAT(applied, IsOk());
  EXPECT_TRUE(applied->waiting);
  EXPECT_THAT(applied->sequences, testing::ElementsAre(3U));
  EXPECT_EQ(keeper_.kept, 2) << "the guard has to read that";
}

TEST_F(EnableTest, SaysARefusalAtOnceAndHasTheGuardGoOn) {
  answers_ = {{EndpointAnswer::kRefused, "HTTP 400 invalid_client"}};
  const auto status = Run("{}");
  ASSERT_THAT(status, IsOk());
  EXPECT_EQ(status->kind, StatusKind::kError);
  EXPECT_EQ(asked_.size(), 1U);
  EXPECT_TRUE(Service().ReadApplied()->waiting);
}

TEST_F(EnableTest, FailsWithTheDaemonsOwnWordsIfItDoesNotServe) {
  keeper_.problem = "port 50342 is in use";
  const auto status = Run("{}");
  ASSERT_THAT(status, FailsWith(reasons::kHandlerDaemon));
  EXPECT_NE(status.error().message.find("port 50342 is in use"), std::string::npos);
  EXPECT_TRUE(asked_.empty());
  EXPECT_TRUE(Service().ReadApplied()->waiting) << "the port may become free";
  EXPECT_THAT(ReadDiscovery(environment_.agent_folder()), FailsWith(reasons::kStateFailed))
      << "nobody is sent to a port that does not answer";
}

TEST_F(EnableTest, DoesNotWaitLongForADaemonThatSaysItCannotServe) {
  keeper_.problem = "port 50342 is in use";
  const SteadyTime begin = clock_.SteadyNow();
  EXPECT_THAT(Run("{}"), FailsWith(reasons::kHandlerDaemon));
  EXPECT_LT(clock_.SteadyNow() - begin, seconds{10});
}

TEST_F(EnableTest, DoesNotTakeAnOldWordForALivingDaemon) {
  keeper_.lives = false;
  EXPECT_THAT(Run("{}"), FailsWith(reasons::kHandlerDaemon));
}

TEST_F(EnableTest, DoesNotTakeAnothersWordForTheDaemons) {
  keeper_.pid = getppid();
  EXPECT_THAT(Run("{}"), FailsWith(reasons::kHandlerDaemon));
}

TEST_F(EnableTest, SettingsThatAreRefusedLeaveTheRunningOnesAlone) {
  ASSERT_THAT(Run(R"({"port":50399})"), IsOk());
  EXPECT_THAT(Run(R"({"port":99999})"), FailsWith(reasons::kConfigInvalid));
  EXPECT_EQ(ReadDaemonSettings(Service().settings())->port, 50399);
  EXPECT_EQ(*ReadDiscovery(environment_.agent_folder()), 50399);
  EXPECT_EQ(keeper_.kept, 1);
}

TEST_F(EnableTest, AnAgentThatSaysNothingLooksAtTheHighestStatus) {
  std::ofstream(environment_.status_folder / "9.status") << "[]";
  EXPECT_THAT(SequencesFor({2, {}, true}, environment_), testing::ElementsAre(2U));
  EXPECT_THAT(SequencesFor({2, {}, false}, environment_), testing::ElementsAre(2U, 9U));
  EXPECT_THAT(SequencesFor({9, {}, false}, environment_), testing::ElementsAre(9U));
}

}  // namespace
}  // namespace openimds::extension
