// SPDX-License-Identifier: Apache-2.0
#include "tokens/token_cache.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <future>
#include <latch>
#include <set>
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
    return Text(cache_.FetchAndWait(request_, bypass));
  }
  std::string Find(const std::string& resource) {
    const auto token = cache_.Find(*request_.identity, *request_.machine, resource);
    return token ? std::string(token->token().value.RevealSecret()) : "";
  }
  // Finds it once more when what runs in the background has come to its end.
  std::string FindLater(const std::string& resource) {
    while (IsFetching(resource)) std::this_thread::yield();
    return Find(resource);
  }
  bool IsFetching(const std::string& resource) {
    const auto list = cache_.List();
    return std::any_of(list.begin(), list.end(), [&](const CacheEntry& entry) {
      return entry.resource == resource && entry.fetching;
    });
  }
  static std::string Text(const TokenCache::Outcome& token) {
    return token ? std::string((*token)->token().value.RevealSecret())
                 : std::string(token.error().reason);
  }
  void GoDown() { credential_.FailWith({ErrorKind::kUnavailable, reasons::kUpstreamConnect, "x"}); }

  static constexpr TokenCacheSettings kSmall{.max_entries = 64, .fetch_threads = 4};
  FakeClock clock_;
  FakeCredential credential_{hours{24}};
  TokenCache cache_{credential_, clock_, kSmall};
  TokenRequest request_ = SampleTokenRequest();
};

TEST_F(TokenCacheTest, HandsTheSameTokenOutAndReplacesItInTheBackgroundFromHalfItsLifeOn) {
  EXPECT_EQ(Find("r"), "");
  EXPECT_EQ(Fetch("r"), "token-1");
  clock_.Advance(hours{12} - seconds{1});
  EXPECT_EQ(Find("r"), "token-1");
  EXPECT_EQ(Fetch("r"), "token-1");
  EXPECT_EQ(credential_.calls(), 1);
  clock_.Advance(seconds{hours{24}} * TokenCacheSettings::kRefreshSpread / 100 + seconds{1});
  EXPECT_EQ(Find("r"), "token-1");  // the caller does not wait
  EXPECT_EQ(FindLater("r"), "token-2");
  EXPECT_EQ(credential_.calls(), 2);
}

TEST_F(TokenCacheTest, TokensThatWereFetchedTogetherAreNotReplacedTogether) {
  std::set<std::int64_t> refreshes;
  for (int i = 0; i < 20; ++i) Fetch("r" + std::to_string(i));
  for (const CacheEntry& entry : cache_.List()) refreshes.insert(entry.refresh_in.count());
  EXPECT_GT(refreshes.size(), 10U);
  EXPECT_GE(*refreshes.begin(), seconds(hours{12}).count());
  EXPECT_LE(*refreshes.rbegin(), seconds(hours{24}).count() * 6 / 10);
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

TEST_F(TokenCacheTest, MachinesShareATokenThatNamesNoMachine) {
  FakeCredential shared(hours{24}, TokenScope::kIdentity);
  TokenCache cache(shared, clock_, kSmall);
  EXPECT_EQ(Text(cache.FetchAndWait(request_, false)), "token-1");
  TokenRequest elsewhere = request_;
  elsewhere.machine = SampleTokenRequest().machine;
  EXPECT_EQ(Text(cache.FetchAndWait(elsewhere, false)), "token-1");
  const TokenRequest other = SampleTokenRequest(request_.resource);
  EXPECT_EQ(Text(cache.FetchAndWait(other, false)), "token-2");
}

TEST_F(TokenCacheTest, ServesTheOldTokenWhileItIsValidAndTheAuthorityIsDown) {
  Fetch("r");
  GoDown();
  clock_.Advance(hours{13});
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Find("r"), "token-1");
    EXPECT_EQ(FindLater("r"), "token-1");
    clock_.Advance(hours{1});
  }
  EXPECT_GT(credential_.calls(), 5);  // it went on trying
  credential_.Recover();
  EXPECT_EQ(Find("r"), "token-1");
  EXPECT_EQ(FindLater("r"), "token-2");
}

TEST_F(TokenCacheTest, NeverServesATokenThatIsAboutToExpire) {
  Fetch("r");
  GoDown();
  clock_.Advance(hours{24} - kSmall.min_remaining);
  EXPECT_EQ(Find("r"), "");
  EXPECT_EQ(Fetch("r"), reasons::kUpstreamConnect);
}

TEST_F(TokenCacheTest, ATokenThatComesAlmostExpiredIsAFailure) {
  FakeCredential brief(seconds{60});
  TokenCache cache(brief, clock_, kSmall);
  EXPECT_EQ(Text(cache.FetchAndWait(request_, false)), reasons::kUpstreamNonsense);
}

TEST_F(TokenCacheTest, AfterAFailureCallersAreToldAtOnceUntilThePauseIsOver) {
  GoDown();
  EXPECT_EQ(Fetch("r"), reasons::kUpstreamConnect);
  EXPECT_EQ(Fetch("r"), reasons::kUpstreamConnect);
  EXPECT_EQ(Fetch("r", true), reasons::kUpstreamConnect);
  EXPECT_EQ(credential_.calls(), 1);
  credential_.Recover();
  clock_.Advance(seconds{2});
  EXPECT_EQ(Fetch("r"), "token-1");
}

TEST_F(TokenCacheTest, ThePauseThatAnAuthorityAskedForIsKept) {
  credential_.FailWith({ErrorKind::kThrottled, reasons::kUpstreamThrottled, "x", seconds{30}});
  Fetch("r");
  credential_.Recover();
  clock_.Advance(seconds{20});
  request_.resource = "r";
  const auto early = cache_.FetchAndWait(request_, false);
  ASSERT_THAT(early, FailsWith(reasons::kUpstreamThrottled));
  EXPECT_EQ(early.error().retry_after, seconds{10});
  clock_.Advance(seconds{10});
  EXPECT_EQ(Fetch("r"), "token-1");
}

TEST_F(TokenCacheTest, AFinalErrorIsNotAskedForAgainForSeconds) {
  credential_.FailWith({ErrorKind::kUnauthorized, reasons::kUpstreamRefused, "bad secret"});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Fetch("r"), reasons::kUpstreamRefused);
  EXPECT_EQ(credential_.calls(), 1);
  clock_.Advance(TokenCache::kFinalErrorMemory);
  EXPECT_EQ(Fetch("r"), reasons::kUpstreamRefused);
  EXPECT_EQ(credential_.calls(), 2);
}

TEST_F(TokenCacheTest, AChangeOfCredentialClearsAFinalErrorAtOnce) {
  credential_.FailWith({ErrorKind::kUnauthorized, reasons::kUpstreamRefused, "bad secret"});
  Fetch("r");
  credential_.Recover();
  cache_.Purge(request_.identity->client_id);
  EXPECT_EQ(Fetch("r"), "token-1");
}

TEST_F(TokenCacheTest, AFailingIdentityDoesNotPauseAnother) {
  GoDown();
  Fetch("r");
  credential_.Recover();
  EXPECT_EQ(Text(cache_.FetchAndWait(SampleTokenRequest("r"), false)), "token-1");
}

TEST_F(TokenCacheTest, BypassingItAsksAgainAndKeepsTheNewOne) {
  Fetch("r");
  EXPECT_EQ(Fetch("r", true), "token-2");
  EXPECT_EQ(Find("r"), "token-2");
}

TEST_F(TokenCacheTest, PurgingForgetsOneIdentityOnly) {
  Fetch("r");
  const TokenRequest other = SampleTokenRequest();
  ASSERT_THAT(cache_.FetchAndWait(other, false), IsOk());
  EXPECT_EQ(cache_.Purge(request_.identity->client_id), 1U);
  EXPECT_EQ(Find("r"), "");
  EXPECT_NE(cache_.Find(*other.identity, *other.machine, other.resource), nullptr);
}

TEST_F(TokenCacheTest, PurgingByResourceForgetsThatOneOnly) {
  Fetch("a");
  Fetch("b");
  EXPECT_EQ(cache_.Purge([](const Identity&, const std::string& r) { return r == "a"; }), 1U);
  EXPECT_EQ(Find("a"), "");
  EXPECT_EQ(Find("b"), "token-2");
}

TEST_F(TokenCacheTest, ATokenFetchedWithTheOldCredentialIsNotKeptAfterAPurge) {
  credential_.HoldFetches();
  request_.resource = "r";
  std::promise<std::string> got;
  cache_.Fetch(request_, false, [&](TokenCache::Outcome o) { got.set_value(Text(o)); });
  credential_.WaitUntilFetching();
  cache_.Purge(request_.identity->client_id);
  credential_.ReleaseFetches();
  EXPECT_EQ(got.get_future().get(), "token-2");  // the caller gets one of the new credential
  EXPECT_EQ(Find("r"), "token-2");
}

TEST_F(TokenCacheTest, Attack47AClockThatJumpsBackDoesNotMakeAnExpiredTokenLookGood) {
  Fetch("r");
  GoDown();
  clock_.Jump(-hours{48});
  EXPECT_EQ(Find("r"), "token-1");
  clock_.Advance(hours{24});
  EXPECT_EQ(Find("r"), "");
}

TEST_F(TokenCacheTest, Attack47AClockThatJumpsForwardExpiresTokensButRefreshesNothingEarly) {
  Fetch("r");
  clock_.Jump(hours{20});
  EXPECT_EQ(Find("r"), "token-1");
  EXPECT_EQ(credential_.calls(), 1);
  clock_.Jump(hours{5});
  EXPECT_EQ(Find("r"), "");
}

TEST_F(TokenCacheTest, StaysBoundedWhateverResourcesAreAskedFor) {
  for (int i = 0; i < 5'000; ++i) Fetch("r" + std::to_string(i));
  EXPECT_LE(cache_.size(), 64U);
  EXPECT_EQ(Find("r4999"), "token-5000");
}

TEST_F(TokenCacheTest, ManyCallersOnAColdStartCauseOneFetch) {
  credential_.HoldFetches();
  request_.resource = "r";
  constexpr std::size_t kCallers = 32;
  std::vector<std::string> got(kCallers);
  std::latch answered(kCallers);
  for (std::size_t i = 0; i < kCallers; ++i) {
    cache_.Fetch(request_, false, [&, i](TokenCache::Outcome outcome) {
      got[i] = Text(outcome);
      answered.count_down();
    });
  }
  credential_.WaitUntilFetching();
  credential_.ReleaseFetches();
  answered.wait();
  EXPECT_THAT(got, testing::Each("token-1"));
  EXPECT_EQ(credential_.calls(), 1);
}

TEST_F(TokenCacheTest, WhileOneReplacesAnOldTokenOthersKeepGettingIt) {
  Fetch("r");
  clock_.Advance(hours{15});
  credential_.HoldFetches();
  EXPECT_EQ(Find("r"), "token-1");
  credential_.WaitUntilFetching();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Find("r"), "token-1");
  EXPECT_EQ(Fetch("r"), "token-1");
  credential_.ReleaseFetches();
  EXPECT_EQ(FindLater("r"), "token-2");
  EXPECT_EQ(credential_.calls(), 2);
}

TEST_F(TokenCacheTest, AListShowsWhatIsKeptAndWhatFailed) {
  Fetch("good");
  GoDown();
  Fetch("bad");
  auto list = cache_.List();
  std::sort(list.begin(), list.end(),
            [](const auto& a, const auto& b) { return a.resource < b.resource; });
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].last_error, reasons::kUpstreamConnect);
  EXPECT_FALSE(list[0].expires_on);
  EXPECT_EQ(list[1].expires_on, clock_.Now() + hours{24});
  EXPECT_EQ(list[1].machine, request_.machine->id.text());
  EXPECT_EQ(cache_.counts().fetches, 2U);
  EXPECT_EQ(cache_.counts().failures, 1U);
}

TEST_F(TokenCacheTest, SurvivesManyThreadsAndEvictions) {
  TokenCache small(credential_, clock_, {.max_entries = 16, .fetch_threads = 4});
  std::vector<std::jthread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2'000; ++i) {
        TokenRequest request = request_;
        request.resource = "r" + std::to_string((i * 7 + t) % 50);
        const auto token = small.FetchAndWait(request, i % 11 == 0);
        if (!token || (*token)->resource() != request.resource) ++wrong;
        if (i % 97 == 0) small.Purge(request.identity->client_id);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_LE(small.size(), 16U);
}

}  // namespace
}  // namespace openimds
