// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/long_running.h"

#include <gmock/gmock.h>

#include <future>
#include <string>

#include <boost/json/object.hpp>

#include "testing/fake_clock.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;
using std::chrono::seconds;
using testing::HasSubstr;

class LongRunningTest : public testing::Test {
 protected:
  Call CallOf(std::string method, std::string action) {
    Call call;
    call.method = std::move(method);
    call.action = std::move(action);
    call.base_url = "https://localhost:50344";
    call.query.emplace("api-version", "2020-06-01");
    call.captures.emplace("subscription", "sub");
    Identity caller{IdentityKind::kAdministrator,
                    *ResourceId::ForAdministrator("11111111-1111-1111-1111-111111111111", "a"),
                    "",
                    Guid(),
                    Guid(),
                    principal_};
    call.caller = std::make_shared<const Identity>(std::move(caller));
    return call;
  }

  static std::string HeaderOf(const Answer& answer, std::string_view name) {
    for (const auto& [header, value] : answer.headers) {
      if (header == name) return value;
    }
    return {};
  }

  // The GUID in the URL that a client polls.
  static Guid IdIn(const std::string& url) {
    const std::size_t end = url.find('?');
    return *Guid::Parse(url.substr(url.rfind('/', end) + 1, 36));
  }

  static Answer Made() {
    return {201, json::object{{"location", "westus"},
                              {"properties", json::object{{"provisioningState", "Succeeded"}}}}};
  }

  FakeClock clock_;
  const Guid principal_ = Guid::Random();
  LongRunning long_running_{seconds{5}, clock_};
};

TEST_F(LongRunningTest, AnOperationIsDoneWhenItsTimeIsOver) {
  const Answer first =
      long_running_.Present(CallOf("PUT", "Microsoft.Compute/virtualMachines/write"), Made());
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(first.body.at("properties").at("provisioningState"), "Creating");
  EXPECT_EQ(HeaderOf(first, "Retry-After"), "1");
  EXPECT_EQ(HeaderOf(first, "Location"), "");
  const std::string url = HeaderOf(first, "Azure-AsyncOperation");
  EXPECT_THAT(url, HasSubstr("https://localhost:50344/subscriptions/sub/providers/"
                             "Microsoft.Compute/locations/westus/operations/"));
  clock_.Advance(seconds{4});
  EXPECT_FALSE(long_running_.Find(IdIn(url), principal_)->is_done);
  clock_.Advance(seconds{1});
  EXPECT_TRUE(long_running_.Find(IdIn(url), principal_)->is_done);
}

TEST_F(LongRunningTest, AnAnswerWaitsAtItsLocationAndIsForgottenAnHourLater) {
  const Answer first = long_running_.Present(
      CallOf("POST", "Microsoft.Resources/deployments/whatIf/action"), Made());
  EXPECT_EQ(first.status, 202);
  EXPECT_TRUE(first.body.is_null());
  const Guid id = IdIn(HeaderOf(first, "Location"));
  EXPECT_EQ(long_running_.Find(id, principal_)->answer.body, Made().body);
  EXPECT_FALSE(long_running_.Find(id, Guid::Random())) << "another's";
  clock_.Advance(std::chrono::hours{1});
  EXPECT_TRUE(long_running_.Find(id, principal_));
  clock_.Advance(seconds{6});
  EXPECT_FALSE(long_running_.Find(id, principal_));
}

TEST_F(LongRunningTest, WhatIsNoLongOperationIsAnsweredAsItIs) {
  for (const auto& [method, action, status] :
       {std::tuple{"GET", "Microsoft.Compute/virtualMachines/read", 200},
        std::tuple{"DELETE", "Microsoft.Compute/virtualMachines/delete", 204},
        std::tuple{"PUT", "Microsoft.ManagedIdentity/userAssignedIdentities/write", 201},
        std::tuple{"POST", "Microsoft.Resources/deployments/exportTemplate/action", 200}}) {
    Answer done = Made();
    done.status = status;
    const Answer first = long_running_.Present(CallOf(method, action), done);
    EXPECT_EQ(first.status, status) << action;
    EXPECT_EQ(first.body, done.body);
    EXPECT_TRUE(first.headers.empty());
  }
}

TEST_F(LongRunningTest, StoppingIsSeenByWhatRunsAndWaitsForIt) {
  std::promise<void> began;
  bool ended = false;
  ASSERT_TRUE(long_running_.Start([&] {
    began.set_value();
    while (!long_running_.IsStopping()) std::this_thread::yield();
    ended = true;
  }));
  began.get_future().wait();
  long_running_.Stop();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(long_running_.Start([] {}));
}

}  // namespace
}  // namespace openimds::arm
