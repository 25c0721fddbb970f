// SPDX-License-Identifier: Apache-2.0
#include "credentials/authority_gates.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "testing/fake_clock.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

using std::chrono::seconds;

class AuthorityGatesTest : public testing::Test {
 protected:
  void Fail(seconds retry_after = seconds{0}, const std::string& authority = "https://a") {
    gates_.Failed(authority,
                  {ErrorKind::kUnavailable, reasons::kUpstreamTrouble, "down", retry_after},
                  clock_.SteadyNow());
  }
  Result<void> Enter(const std::string& authority = "https://a") {
    return gates_.Enter(authority, clock_.SteadyNow());
  }

  FakeClock clock_;
  AuthorityGates gates_;
};

TEST_F(AuthorityGatesTest, AreOpenUntilAnAuthorityFailsThriceInARow) {
  EXPECT_THAT(Enter(), IsOk());
  Fail();
  Fail();
  EXPECT_THAT(Enter(), IsOk());
  gates_.Answered("https://a");
  Fail();
  Fail();
  EXPECT_THAT(Enter(), IsOk());
  Fail();
  EXPECT_THAT(Enter(), FailsWith(reasons::kUpstreamTrouble));
  EXPECT_THAT(Enter("https://b"), IsOk());
}

TEST_F(AuthorityGatesTest, CloseAtOnceForAsLongAsTheAuthorityAsked) {
  Fail(seconds{30});
  const auto early = Enter();
  ASSERT_THAT(early, FailsWith(reasons::kUpstreamTrouble));
  EXPECT_EQ(early.error().retry_after, seconds{30});
  clock_.Advance(seconds{29});
  EXPECT_FALSE(Enter());
  clock_.Advance(seconds{1});
  EXPECT_THAT(Enter(), IsOk());
}

TEST_F(AuthorityGatesTest, OneProbeGoesThroughAndDecidesForAll) {
  Fail(seconds{5});
  clock_.Advance(seconds{5});
  EXPECT_THAT(Enter(), IsOk());
  EXPECT_FALSE(Enter());  // the probe is under way
  Fail();
  EXPECT_FALSE(Enter());  // it failed: closed again, though it asked for nothing
  clock_.Advance(seconds{60});
  EXPECT_THAT(Enter(), IsOk());
  gates_.Answered("https://a");
  EXPECT_THAT(Enter(), IsOk());
  EXPECT_THAT(Enter(), IsOk());
}

}  // namespace
}  // namespace openimds
