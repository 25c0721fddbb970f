// SPDX-License-Identifier: Apache-2.0
#include "base/subprocess.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

Result<SubprocessResult> Shell(const std::string& script, std::chrono::seconds limit,
                               std::size_t max_output = 1000) {
  return RunSubprocess({"/bin/sh", {"-c", script}, {{"GIVEN", "value"}}, limit, max_output});
}

TEST(SubprocessTest, GivesOutputErrorsAndStatus) {
  const auto result = Shell("echo out $GIVEN; echo err >&2; exit 3", std::chrono::seconds{30});
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->exit_status, 3);
  EXPECT_EQ(result->output.RevealSecret(), "out value\n");
  EXPECT_EQ(result->errors, "err\n");
}

TEST(SubprocessTest, ItsInputIsEmpty) {
  EXPECT_EQ(Shell("cat; echo end", std::chrono::seconds{30})->output.RevealSecret(), "end\n");
}

TEST(SubprocessTest, ReadsTheWholeInputHoweverLongItIs) {
  SubprocessRequest request{"/bin/sh", {"-c", "wc -c; cat"}, {}, std::chrono::seconds{30}, 1000};
  request.input = std::string(1 << 20, 'x');
  EXPECT_EQ(RunSubprocess(request)->output.RevealSecret(), "1048576\n");
}

TEST(SubprocessTest, OneThatHangsIsKilledWithItsChildren) {
  EXPECT_THAT(Shell("sleep 600 & wait", std::chrono::seconds{1}),
              FailsWith(reasons::kSubprocessFailed));
}

TEST(SubprocessTest, OneThatWritesWithoutEndIsKilled) {
  EXPECT_THAT(Shell("while :; do echo xxxxxxxxxxxxxxxxxxxx; done", std::chrono::seconds{30}),
              FailsWith(reasons::kSubprocessFailed));
}

TEST(SubprocessTest, OneThatIsNotThereIsAFailure) {
  EXPECT_THAT(RunSubprocess({"/nonexistent/az", {}, {}, std::chrono::seconds{1}, 1}),
              FailsWith(reasons::kSubprocessFailed));
}

}  // namespace
}  // namespace openimds
