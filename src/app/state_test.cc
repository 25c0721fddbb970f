// SPDX-License-Identifier: Apache-2.0
#include "app/state.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/reasons.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

using testing::HasSubstr;

class StateFolderTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/openimds_state_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  static mode_t ModeOf(const std::filesystem::path& path) {
    struct stat facts {};
    return stat(path.c_str(), &facts) == 0 ? facts.st_mode & 07777 : 0;
  }

  std::filesystem::path root_;
};

TEST_F(StateFolderTest, IsMadeWithItsParentsForItsOwnerAlone) {
  const auto folder = StateFolder::Open(root_ / "a" / "b" / "");
  ASSERT_THAT(folder, IsOk());
  EXPECT_EQ(folder->path(), root_ / "a" / "b");
  EXPECT_EQ(ModeOf(root_ / "a" / "b"), 0700u);
  EXPECT_THAT(StateFolder::Open(root_ / "a" / "b"), IsOk());
}

TEST_F(StateFolderTest, RefusesToBeOpenToOthersAndSaysHowToMendIt) {
  const auto path = root_ / "state";
  std::filesystem::create_directory(path);
  chmod(path.c_str(), 0710);
  const auto folder = StateFolder::Open(path);
  ASSERT_THAT(folder, FailsWith(reasons::kStateModes));
  EXPECT_THAT(folder.error().message, HasSubstr("chmod 700 '" + path.string() + "'"));
  EXPECT_EQ(ModeOf(path), 0710u) << "nothing is mended quietly";
}

TEST_F(StateFolderTest, RefusesAFileInItsPlace) {
  std::ofstream(root_ / "state") << "x";
  EXPECT_THAT(StateFolder::Open(root_ / "state"), FailsWith(reasons::kStateFailed));
}

TEST_F(StateFolderTest, IsLockedByOneAtATime) {
  const auto folder = StateFolder::Open(root_ / "state");
  ASSERT_THAT(folder, IsOk());
  {
    const auto first = folder->TryLock();
    ASSERT_THAT(first, IsOk());
    EXPECT_THAT(folder->TryLock(), FailsWith(reasons::kStateInUse));
  }
  EXPECT_THAT(folder->TryLock(), IsOk());
  EXPECT_EQ(ModeOf(root_ / "state" / "lock"), 0600u);
}

}  // namespace
}  // namespace openimds
