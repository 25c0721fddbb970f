// SPDX-License-Identifier: Apache-2.0
#include "extension/daemon_status.h"

#include <gmock/gmock.h>

#include <fstream>

#include "base/reasons.h"
#include "testing/matchers.h"
#include "testing/temporary_folder.h"

namespace openimds::extension {
namespace {

TEST(DaemonStatusTest, ComesBackAsItWasWritten) {
  const TemporaryFolder folder;
  DaemonStatus status{812, 50343, DaemonMode::kImds, 7, true, "config.invalid", "say \"why\""};
  ASSERT_THAT(WriteDaemonStatus(status, folder.path()), IsOk());
  const auto read = ReadDaemonStatus(folder.path());
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->pid, 812);
  EXPECT_EQ(read->port, 50343);
  EXPECT_EQ(read->mode, DaemonMode::kImds);
  EXPECT_EQ(read->generation, 7U);
  EXPECT_TRUE(read->serving);
  EXPECT_EQ(read->reason, "config.invalid");
  EXPECT_EQ(read->message, "say \"why\"");
}

TEST(DaemonStatusTest, ADaemonThatNeverRanIsNotFound) {
  const TemporaryFolder folder;
  const auto read = ReadDaemonStatus(folder.path());
  ASSERT_THAT(read, FailsWith(reasons::kStateFailed));
  EXPECT_EQ(read.error().kind, ErrorKind::kNotFound);
}

TEST(DaemonStatusTest, AFileThatIsNoStatusIsRefused) {
  const TemporaryFolder folder;
  std::ofstream(StatusFile(folder.path())) << "{\"pid\":";
  EXPECT_THAT(ReadDaemonStatus(folder.path()), FailsWith(reasons::kStateFailed));
}

}  // namespace
}  // namespace openimds::extension
