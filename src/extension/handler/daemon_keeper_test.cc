// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/daemon_keeper.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "base/reasons.h"
#include "testing/matchers.h"
#include "testing/temporary_folder.h"

namespace openimds::extension {
namespace {

using testing::ElementsAre;

class SystemdKeeperTest : public testing::Test {
 protected:
  SystemdKeeperTest() {
    kept_.package_folder = folder_.path() / "P.T-1.0";
    kept_.program = kept_.package_folder / "managed-identity-extension";
    kept_.systemd_units = folder_.path();
    std::filesystem::create_directory(kept_.package_folder);
    (void)ServiceFolder(kept_.package_folder).Make();
  }

  std::unique_ptr<DaemonKeeper> Keeper() {
    return KeepBySystemd(kept_, [this](const std::vector<std::string>& arguments) -> Result<void> {
      called_.push_back(arguments.front());
      if (arguments.front() != failing_) return {};
      return Fail(ErrorKind::kUnavailable, reasons::kHandlerDaemon, "no such unit");
    });
  }

  std::vector<std::string> TakeCalled() { return std::exchange(called_, {}); }
  std::filesystem::path Unit() const { return folder_.path() / "azuremsixtn.service"; }

  const TemporaryFolder folder_;
  KeptProgram kept_;
  std::vector<std::string> called_;
  std::string failing_;
};

TEST_F(SystemdKeeperTest, WritesTheUnitAndStartsIt) {
  ASSERT_THAT(Keeper()->Keep(), IsOk());
  EXPECT_THAT(TakeCalled(), ElementsAre("daemon-reload", "enable", "restart"));
  std::ifstream in(Unit());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), RenderUnit(kept_));
}

TEST_F(SystemdKeeperTest, StartsOneThatHasStopped) {
  ASSERT_THAT(Keeper()->Keep(), IsOk());
  TakeCalled();
  ASSERT_THAT(Keeper()->Keep(), IsOk());
  EXPECT_THAT(TakeCalled(), ElementsAre("enable", "restart")) << "ForceRerun brings it back";
}

TEST_F(SystemdKeeperTest, TellsOneThatLivesToReadItsSettings) {
  ASSERT_THAT(Keeper()->Keep(), IsOk());
  TakeCalled();
  const auto life = LifeLock(ServiceFolder(kept_.package_folder).guard_lock()).Take();
  ASSERT_THAT(life, IsOk());
  LifeLock::Note(*life, getpid());
  ASSERT_THAT(Keeper()->Keep(), IsOk());
  EXPECT_THAT(TakeCalled(), ElementsAre("enable", "reload"));
}

TEST_F(SystemdKeeperTest, ANewVersionTakesTheUnitOver) {
  ASSERT_THAT(Keeper()->Keep(), IsOk());
  TakeCalled();
  const KeptProgram old = kept_;
  kept_.package_folder = folder_.path() / "P.T-1.1";
  ASSERT_THAT(Keeper()->Keep(), IsOk());
  EXPECT_THAT(TakeCalled(), ElementsAre("daemon-reload", "enable", "restart"));
  std::swap(kept_.package_folder, const_cast<KeptProgram&>(old).package_folder);
  Keeper()->Forget();
  EXPECT_TRUE(std::filesystem::exists(Unit())) << "the old version leaves the new one's unit";
}

TEST_F(SystemdKeeperTest, ReleaseAndForgetLeaveNothing) {
  ASSERT_THAT(Keeper()->Keep(), IsOk());
  TakeCalled();
  failing_ = "stop";
  ASSERT_THAT(Keeper()->Release(), IsOk()) << "systemd need not know it any more";
  EXPECT_THAT(TakeCalled(), ElementsAre("disable", "stop"));
  Keeper()->Forget();
  EXPECT_THAT(TakeCalled(), ElementsAre("daemon-reload"));
  EXPECT_FALSE(std::filesystem::exists(Unit()));
}

TEST_F(SystemdKeeperTest, AFailureToStartIsOne) {
  failing_ = "restart";
  EXPECT_THAT(Keeper()->Keep(), FailsWith(reasons::kHandlerDaemon));
}

TEST(UnitTest, StartsTheGuardOfThisPackageAndOnlyWhileItIsThere) {
  KeptProgram kept;
  kept.package_folder = "/var/lib/waagent/P.T-1.0";
  kept.program = "/var/lib/waagent/P.T-1.0/managed-identity-extension";
  const std::string unit = RenderUnit(kept);
  for (const char* line :
       {"ExecStart=\"/var/lib/waagent/P.T-1.0/managed-identity-extension\" guard\n",
        "ConditionPathExists=/var/lib/waagent/P.T-1.0/HandlerEnvironment.json\n",
        "Restart=on-failure\n", "RestartSec=1\n", "WantedBy=multi-user.target\n"}) {
    EXPECT_NE(unit.find(line), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace openimds::extension
