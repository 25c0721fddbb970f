// SPDX-License-Identifier: Apache-2.0
#include "tokens/token_cache.h"

#include <gmock/gmock.h>

#include <latch>
#include <thread>
#include <vector>

#include "base/reasons.h"
#include "testing/fake_clock.h"
#include "testing/fake_credential.h"
#include "testing/matchers.h"
#include "testing/sample_entities.h"

namespace openimds {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class TokenCacheTest : public testing::Test {
 protected:
  std::string Fetch(const std::string& resource, bool bypass = false) {
    request_.resource = resource;
    const auto token = cache_.Fetch(request_, bypass);
    return token ? std::string((*token)->token().value.RevealSecret())
                 : std::string(token.error().reason);
  }
  std::string Find(const std::string& resource) {
    const auto token = cache_.Find(*request_.identity, *request_.machine, resource);
    return token ? std::string(token->token().value.RevealSecret()) : "";
  }

  FakeClock clock_;
  FakeCredential credential_{hours{24}};
  TokenCache cache_{credential_, clock_, 64};
  TokenRequest request_ = SampleTokenRequest();
};

TEST_F(TokenCacheTest, HandsTheSameTokenOutUntilHalfItsLifeIsOver) {
  EXPECT_EQ(Find("r"), "");
  EXPECT_EQ(Fetch("r"), "token-1");
  clock_.Advance(hours{12} - seconds{1});
  EXPECT_EQ(Find("r"), "token-1");
  EXPECT_EQ(Fetch("r"), "token-1");
  clock_.Advance(seconds{1});
  EXPECT_EQ(Find("r"), "");
  EXPECT_EQ(Fetch("r"), "token-2");
  EXPECT_EQ(Find("r"), "token-2");
}

TEST_F(TokenCacheTest, Attack41KeepsResourcesMachinesAndIdentitiesApart) {
  EXPECT_EQ(Fetch("https://management.azure.com/"), "token-1");
  EXPECT_EQ(Fetch("https://management.azure.com"), "token-2");
  EXPECT_EQ(Fetch("https://Management.azure.com/"), "token-3");
  const TokenRequest other = SampleTokenRequest();  // other GUIDs
  EXPECT_EQ(cache_.Find(*other.identity, *request_.machine, "https://management.azure.com/"),
            nullptr);
  EXPECT_EQ(cache_.Find(*request_.identity, *other.machine, "https://management.azure.com/"),
            nullptr);
  EXPECT_EQ(Find("https://management.azure.com/"), "token-1");
}

TEST_F(TokenCacheTest, ServesTheOldTokenWhenAnEarlyRefreshFails) {
  Fetch("r");
  clock_.Advance(hours{13});
  credential_.FailWith({ErrorKind::kUnavailable, reasons::kBusy, "down"});
  EXPECT_EQ(Fetch("r"), "token-1");
}

TEST_F(TokenCacheTest, NeverServesATokenThatIsAboutToExpire) {
  Fetch("r");
  credential_.FailWith({ErrorKind::kUnavailable, reasons::kBusy, "down"});
  clock_.Advance(hours{24} - TokenCache::kMinRemaining);
  EXPECT_EQ(Find("r"), "");
  EXPECT_EQ(Fetch("r"), reasons::kBusy);
}

TEST_F(TokenCacheTest, AFailureIsNotKept) {
  credential_.FailWith({ErrorKind::kUnavailable, reasons::kBusy, "down"});
  EXPECT_EQ(Fetch("r"), reasons::kBusy);
  credential_.Recover();
  EXPECT_EQ(Fetch("r"), "token-1");
}

TEST_F(TokenCacheTest, BypassingItAsksAgainAndKeepsTheNewOne) {
  Fetch("r");
  EXPECT_EQ(Fetch("r", true), "token-2");
  EXPECT_EQ(Find("r"), "token-2");
}

TEST_F(TokenCacheTest, PurgingForgetsOneIdentityOnly) {
  Fetch("r");
  const TokenRequest other = SampleTokenRequest();
  ASSERT_THAT(cache_.Fetch(other, false), IsOk());
  cache_.Purge(request_.identity->client_id);
  EXPECT_EQ(Find("r"), "");
  EXPECT_NE(cache_.Find(*other.identity, *other.machine, other.resource), nullptr);
}

TEST_F(TokenCacheTest, StaysBoundedWhateverResourcesAreAskedFor) {
  for (int i = 0; i < 5'000; ++i) Fetch("r" + std::to_string(i));
  EXPECT_LE(cache_.size(), 64U);
  EXPECT_EQ(Find("r4999"), "token-5000");
}

TEST_F(TokenCacheTest, ALeastRecentlyUsedTokenGoesFirst) {
  TokenCache small(credential_, clock_, 16);  // one entry for each shard
  request_.resource = "kept";
  ASSERT_THAT(small.Fetch(request_, false), IsOk());
  EXPECT_LE(small.size(), 16U);
}

TEST_F(TokenCacheTest, ManyCallersOnAColdStartCauseOneFetch) {
  credential_.HoldFetches();
  constexpr int kCallers = 32;
  std::latch ready(kCallers);
  std::vector<std::string> got(kCallers);
  std::vector<std::jthread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&, i] {
      ready.arrive_and_wait();
      const auto token = cache_.Fetch(request_, false);
      got[static_cast<std::size_t>(i)] = std::string((*token)->token().value.RevealSecret());
    });
  }
  ready.wait();
  credential_.WaitUntilFetching();
  credential_.ReleaseFetches();
  callers.clear();
  EXPECT_THAT(got, testing::Each("token-1"));
  EXPECT_EQ(credential_.calls(), 1);
}

TEST_F(TokenCacheTest, WhileOneReplacesAnOldTokenOthersKeepGettingIt) {
  Fetch("r");
  clock_.Advance(hours{13});
  credential_.HoldFetches();
  std::jthread refresher([&] { Fetch("r"); });
  credential_.WaitUntilFetching();
  EXPECT_EQ(Find("r"), "token-1");
  credential_.ReleaseFetches();
  refresher.join();
  EXPECT_EQ(Find("r"), "token-2");
}

TEST_F(TokenCacheTest, SurvivesManyThreadsAndEvictions) {
  TokenCache small(credential_, clock_, 16);
  std::vector<std::jthread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2'000; ++i) {
        TokenRequest request = request_;
        request.resource = "r" + std::to_string((i * 7 + t) % 50);
        const auto token = small.Fetch(request, i % 11 == 0);
        if (!token || (*token)->resource() != request.resource) ++wrong;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_LE(small.size(), 16U);
}

}  // namespace
}  // namespace openimds
