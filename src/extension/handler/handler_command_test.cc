// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/handler_command.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include <boost/json/parse.hpp>

#include "base/reasons.h"
#include "extension/handler/daemon_plan.h"
#include "extension/handler/discovery_file.h"
#include "testing/fake_clock.h"
#include "testing/matchers.h"
#include "testing/temporary_folder.h"

namespace openimds::extension {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Says what it was asked to do; nothing lives.
class NotingKeeper final : public DaemonKeeper {
 public:
  explicit NotingKeeper(std::vector<std::string>* notes) : notes_(notes) {}
  Result<void> Keep() override {
    notes_->push_back("keep");
    return Fail(ErrorKind::kUnavailable, reasons::kHandlerDaemon, "it does not start");
  }
  Result<void> Release() override {
    notes_->push_back("release");
    return {};
  }
  void Forget() override { notes_->push_back("forget"); }

 private:
  std::vector<std::string>* const notes_;
};

class HandlerCommandTest : public testing::Test {
 protected:
  HandlerCommandTest() {
    fs::create_directories(package_ / "config");
    fs::create_directories(package_ / "status");
    Put("HandlerEnvironment.json", R"([{"handlerEnvironment":{"configFolder":")" +
                                       (package_ / "config").string() + R"(","statusFolder":")" +
                                       (package_ / "status").string() + R"(","logFolder":")" +
                                       (folder_.path() / "log").string() + R"("}}])");
  }

  void Put(const std::string& name, const std::string& text) const {
    std::ofstream(package_ / name) << text;
    fs::permissions(package_ / name, fs::perms{0644});
  }

  int Run(std::string_view verb) {
    const HandlerCall call{
        .program = package_ / "managed-identity-extension",
        .variable =
            [this](const char* name) {
              return std::string_view(name) == "ConfigSequenceNumber" ? sequence_ : std::nullopt;
            },
        .make_keeper = [this](KeptProgram) { return std::make_unique<NotingKeeper>(&notes_); },
        .clock = clock_,
        .out = out_,
        .err = err_};
    return RunHandlerVerb(verb, call);
  }

  boost::json::value Status(const std::string& name) const {
    std::ifstream in(package_ / "status" / name);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    return boost::json::parse(text).as_array().at(0).at("status");
  }

  const TemporaryFolder folder_;
  const fs::path package_ = folder_.path() / "agent" / "P.T-1.0";
  FakeClock clock_;
  std::optional<std::string> sequence_ = "0";
  std::vector<std::string> notes_;
  std::ostringstream out_, err_;
};

TEST_F(HandlerCommandTest, KnowsTheVerbsOfAgents) {
  for (const char* verb :
       {"install", "enable", "update", "disable", "uninstall", "reset", "guard"}) {
    EXPECT_TRUE(IsHandlerVerb(verb)) << verb;
  }
  for (const char* verb : {"", "Enable", "run", "--help"})
    EXPECT_FALSE(IsHandlerVerb(verb)) << verb;
}

TEST_F(HandlerCommandTest, WithoutItsEnvironmentItLacksSomething) {
  fs::remove(package_ / "HandlerEnvironment.json");
  EXPECT_EQ(Run("enable"), kHandlerLacks);
  EXPECT_THAT(err_.str(), HasSubstr("HandlerEnvironment.json"));
}

TEST_F(HandlerCommandTest, InstallAndUpdateStartNothing) {
  EXPECT_EQ(Run("install"), 0);
  EXPECT_EQ(Run("update"), 0);
  EXPECT_TRUE(notes_.empty());
}

TEST_F(HandlerCommandTest, SettingsThatAreWrongAreTheOwnersMistakeAndItIsTold) {
  Put("config/4.settings",
      R"({"runtimeSettings":[{"handlerSettings":{"publicSettings":{"port":"http"}}}]})");
  sequence_ = "4";
  EXPECT_EQ(Run("enable"), kHandlerMisused);
  EXPECT_EQ(Status("4.status").at("status"), "error");
  EXPECT_EQ(Status("4.status").at("code"), 53);
  EXPECT_THAT(std::string(Status("4.status").at("formattedMessage").at("message").as_string()),
              HasSubstr("port"));
  EXPECT_TRUE(notes_.empty()) << "nothing was started";
}

TEST_F(HandlerCommandTest, ADaemonThatDoesNotStartIsAFailure) {
  EXPECT_EQ(Run("enable"), kHandlerFailed);
  EXPECT_EQ(Status("0.status").at("status"), "error");
  EXPECT_THAT(err_.str(), HasSubstr("it does not start"));
}

TEST_F(HandlerCommandTest, DisableStopsItAndItCanBeDoneTwice) {
  Put("config/0.settings", "");
  EXPECT_EQ(Run("disable"), 0);
  EXPECT_EQ(Run("disable"), 0);
  EXPECT_THAT(notes_, testing::ElementsAre("release", "release"));
  EXPECT_EQ(Status("0.status").at("operation"), "Disable");
}

TEST_F(HandlerCommandTest, UninstallLeavesNothingButLogs) {
  EXPECT_EQ(Run("enable"), kHandlerFailed);
  ASSERT_THAT(WriteDiscovery(folder_.path() / "agent", 50342), IsOk());
  fs::create_directories(folder_.path() / "managed-identity-extension");
  EXPECT_EQ(Run("uninstall"), 0);
  EXPECT_THAT(notes_, testing::ElementsAre("keep", "release", "forget"));
  EXPECT_FALSE(fs::exists(package_ / "service"));
  EXPECT_FALSE(fs::exists(folder_.path() / "managed-identity-extension"));
  EXPECT_FALSE(fs::exists(folder_.path() / "agent" / "ManagedIdentity-Settings"));
  EXPECT_TRUE(fs::exists(folder_.path() / "log" / "handler.log"));
}

TEST_F(HandlerCommandTest, ResetForgetsWhatWasRunAndKeepsTheSettings) {
  Put("config/0.settings", "");
  Put("mrseq", "0");
  EXPECT_EQ(Run("reset"), 0);
  EXPECT_THAT(notes_, testing::ElementsAre("release"));
  EXPECT_FALSE(fs::exists(package_ / "mrseq"));
  EXPECT_TRUE(fs::exists(package_ / "config" / "0.settings"));
}

TEST_F(HandlerCommandTest, AnAgentWithoutEnvironmentVariablesIsServed) {
  sequence_.reset();
  Put("config/7.settings", "{}");
  EXPECT_EQ(Run("enable"), kHandlerFailed);
  EXPECT_EQ(Status("7.status").at("operation"), "Enable");
}

TEST(ExitForTest, SaysWhoseTurnItIs) {
  const auto exit_for = [](std::string_view reason) {
    return ExitFor({ErrorKind::kInternal, reason, ""});
  };
  EXPECT_EQ(exit_for(reasons::kHandlerSystem), 51);
  EXPECT_EQ(exit_for(reasons::kHandlerDependency), 52);
  EXPECT_EQ(exit_for(reasons::kStateModes), 52);
  EXPECT_EQ(exit_for(reasons::kHandlerSettings), 53);
  EXPECT_EQ(exit_for(reasons::kConfigInvalid), 53);
  EXPECT_EQ(exit_for(reasons::kCredentialInvalid), 53);
  EXPECT_EQ(exit_for(reasons::kHandlerDaemon), 1);
  EXPECT_EQ(exit_for(reasons::kStateFailed), 1);
}

}  // namespace
}  // namespace openimds::extension
