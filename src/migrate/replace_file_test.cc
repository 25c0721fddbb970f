// SPDX-License-Identifier: Apache-2.0
#include "migrate/replace_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>

#include "base/reasons.h"

namespace openimds::migrate {
namespace {

namespace fs = std::filesystem;

class ReplaceFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "replace-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    Write("old");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void Write(std::string_view text) { std::ofstream(Path(), std::ios::binary) << text; }
  std::string Read() const {
    std::ifstream file(Path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  fs::path Path() const { return folder_ / "file"; }
  std::size_t CountFiles() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
};

TEST_F(ReplaceFileTest, KeepsTheMode) {
  ASSERT_EQ(chmod(Path().c_str(), 0751), 0);
  ASSERT_TRUE(ReplaceFile(Path(), "old", "new"));
  EXPECT_EQ(Read(), "new");
  struct stat status {};
  ASSERT_EQ(stat(Path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0751U);
  EXPECT_EQ(CountFiles(), 1u);
}

TEST_F(ReplaceFileTest, LeavesAFileAloneThatChangedMeanwhile) {
  Write("somebody else's");
  const auto replaced = ReplaceFile(Path(), "old", "new");
  ASSERT_FALSE(replaced);
  EXPECT_EQ(replaced.error().reason, reasons::kChangedMeanwhile);
  EXPECT_EQ(Read(), "somebody else's");
  EXPECT_EQ(CountFiles(), 1u);
}

TEST_F(ReplaceFileTest, FailsWhereThereIsNoFile) {
  fs::remove(Path());
  const auto replaced = ReplaceFile(Path(), "old", "new");
  ASSERT_FALSE(replaced);
  EXPECT_EQ(replaced.error().reason, reasons::kFileUnwritable);
  EXPECT_EQ(CountFiles(), 0u);
}

}  // namespace
}  // namespace openimds::migrate
