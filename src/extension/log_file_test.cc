// SPDX-License-Identifier: Apache-2.0
#include "extension/log_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "base/descriptor.h"
#include "base/reasons.h"
#include "testing/matchers.h"
#include "testing/temporary_folder.h"

namespace openimds::extension {
namespace {

class LogFileTest : public testing::Test {
 protected:
  ~LogFileTest() override { dup2(standard_error_.get(), STDERR_FILENO); }

  static void Write(const std::string& text) {
    ASSERT_EQ(write(STDERR_FILENO, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  static std::string Read(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const Descriptor standard_error_{dup(STDERR_FILENO)};
  const TemporaryFolder folder_;
  const std::filesystem::path logs_ = folder_.path() / "logs";
  LogFile log_;
};

TEST_F(LogFileTest, GoesOnBehindWhatWasThere) {
  std::filesystem::create_directory(logs_);
  std::ofstream(logs_ / "daemon.log") << "before\n";
  ASSERT_THAT(log_.Open(logs_), IsOk());
  Write("after\n");
  EXPECT_EQ(Read(logs_ / "daemon.log"), "before\nafter\n");
}

TEST_F(LogFileTest, IsTurnedWhenItIsFull) {
  ASSERT_THAT(log_.Open(logs_), IsOk());
  Write("short\n");
  log_.Turn();
  EXPECT_FALSE(std::filesystem::exists(logs_ / "daemon.log.1"));
  std::filesystem::resize_file(logs_ / "daemon.log", LogFile::kMaxBytes);
  log_.Turn();
  Write("fresh\n");
  EXPECT_EQ(std::filesystem::file_size(logs_ / "daemon.log.1"), LogFile::kMaxBytes);
  EXPECT_EQ(Read(logs_ / "daemon.log"), "fresh\n");
}

TEST_F(LogFileTest, ComesBackWhenSomebodyHasTakenItAway) {
  ASSERT_THAT(log_.Open(logs_), IsOk());
  std::filesystem::remove(logs_ / "daemon.log");
  log_.Turn();
  Write("again\n");
  EXPECT_EQ(Read(logs_ / "daemon.log"), "again\n");
}

TEST_F(LogFileTest, MovesWithTheSettings) {
  ASSERT_THAT(log_.Open(logs_), IsOk());
  ASSERT_THAT(log_.Open(folder_.path() / "other"), IsOk());
  Write("here\n");
  EXPECT_EQ(Read(folder_.path() / "other/daemon.log"), "here\n");
  EXPECT_EQ(Read(logs_ / "daemon.log"), "");
}

TEST_F(LogFileTest, AFolderThatCannotBeMadeIsSaid) {
  EXPECT_THAT(log_.Open(folder_.path() / "a" / "b"), FailsWith(reasons::kStateFailed));
  EXPECT_THAT(log_.Open({}), IsOk());
}

}  // namespace
}  // namespace openimds::extension
