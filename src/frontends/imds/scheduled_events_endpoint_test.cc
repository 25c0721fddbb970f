// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/scheduled_events_endpoint.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "attribution/listener_attributor.h"
#include "frontends/imds/routes.h"
#include "store/memory_store.h"
#include "testing/answers.h"
#include "testing/fake_clock.h"
#include "testing/fake_credential.h"
#include "testing/matchers.h"
#include "tokens/token_cache.h"

namespace openimds::imds {
namespace {

using testing::HasSubstr;

constexpr char kId[] = "f020ba2e-3bc0-4c40-a10b-86575a9eabd5";

class ScheduledEventsEndpointTest : public testing::Test {
 protected:
  void SetUp() override {
    auto registry = Registry::Open(store_, {});
    ASSERT_THAT(registry, IsOk());
    registry_ = *std::move(registry);
    SeedNames names;
    names.machine = "vm1";
    ASSERT_THAT(registry_->SeedIfEmpty(names), IsOk());
    broker_ = std::make_unique<TokenBroker>(*registry_, cache_, audit_);
    endpoint_ = std::make_unique<ScheduledEventsEndpoint>(
        door_, ScheduledEventsEndpoint::Parts{*broker_, *registry_, clock_, log_});
    AddEventRoutes(*endpoint_, router_.get());
  }

  void CreateEvent() {
    ScheduledEvent event;
    event.id = *Guid::Parse(kId);
    event.machines = {registry_->Read()->FindMachine("vm1")->machine->id};
    event.created = clock_.Now();
    event.not_before = clock_.Now() + std::chrono::minutes(15);
    ASSERT_THAT(registry_->CreateEvent(event), IsOk());
  }
  void SetFault(FaultProfile fault) {
    door_.Publish(std::make_shared<const Door>(
        Door{"imds", std::make_shared<ListenerAttributor>("vm1"), fault}));
  }

  http::Response Ask(std::string_view method, const std::string& body = "",
                     std::string_view query = "api-version=2020-07-01",
                     std::vector<http::Header> headers = {{"Metadata", "true"}}) {
    const Peer peer;
    const http::Request request{.method = method,
                                .path = "/metadata/scheduledevents",
                                .query = query,
                                .headers = headers,
                                .body = body,
                                .peer = peer};
    auto reply = router_->Route(request);
    auto* deferred = std::get_if<http::Deferred>(&reply);
    was_deferred_ = deferred != nullptr;
    return deferred ? deferred->work() : std::get<http::Response>(std::move(reply));
  }
  static std::string StartOf(const std::string& id) {
    return R"({"StartRequests":[{"EventId":")" + id + "\"}]}";
  }

  FakeClock clock_;
  Log log_{LogLevel::kError, LogFormat::kJson};
  AuditTrail audit_{log_};
  FakeCredential credential_{std::chrono::hours(1)};
  TokenCache cache_{credential_, clock_, TokenCacheSettings{.max_entries = 10, .fetch_threads = 1}};
  MemoryStore store_;
  std::unique_ptr<Registry> registry_;
  Published<Door> door_{
      std::make_shared<const Door>(Door{"imds", std::make_shared<ListenerAttributor>("vm1")})};
  std::unique_ptr<TokenBroker> broker_;
  std::unique_ptr<ScheduledEventsEndpoint> endpoint_;
  std::shared_ptr<http::Router> router_ = MakeRouter();
  bool was_deferred_ = false;
};

TEST_F(ScheduledEventsEndpointTest, ListsFromMemoryAndStartsOnAWorker) {
  EXPECT_EQ(BodyOf(Ask("GET")), R"({"DocumentIncarnation":1,"Events":[]})");
  CreateEvent();
  EXPECT_THAT(BodyOf(Ask("GET")), HasSubstr(R"("EventStatus":"Scheduled")"));
  EXPECT_FALSE(was_deferred_);
  const http::Response started = Ask("POST", StartOf(kId));
  EXPECT_TRUE(was_deferred_);
  EXPECT_EQ(started.status, 200);
  EXPECT_THAT(BodyOf(started), HasSubstr(R"({"DocumentIncarnation":3,"Events":[)"));
  EXPECT_THAT(BodyOf(started), HasSubstr(R"("EventStatus":"Started")"));
  EXPECT_EQ(BodyOf(Ask("GET")), BodyOf(started));
  EXPECT_EQ(BodyOf(Ask("POST", StartOf(kId))), BodyOf(started)) << "once more changes nothing";
}

TEST_F(ScheduledEventsEndpointTest, RefusesWhatIsMalformedAndWhatItDoesNotKnow) {
  CreateEvent();
  EXPECT_EQ(Ask("POST", "").status, 400);
  EXPECT_FALSE(was_deferred_);
  EXPECT_EQ(Ask("POST", "{}").status, 400);
  EXPECT_EQ(Ask("POST", StartOf("f020ba2e-3bc0-4c40-a10b-86575a9eabd6")).status, 400);
  EXPECT_EQ(Ask("POST", StartOf(kId), "api-version=1").status, 400);
  EXPECT_EQ(Ask("DELETE").status, 405);
  EXPECT_THAT(BodyOf(Ask("GET")), HasSubstr(R"("EventStatus":"Scheduled")"));
}

TEST_F(ScheduledEventsEndpointTest, LooksAtTheCallerBeforeAnythingElse) {
  const std::string header = R"({"error":"Bad request. Required metadata header not specified"})";
  for (const char* method : {"GET", "POST"}) {
    SetFault(FaultProfile::kUpdating410);
    EXPECT_EQ(BodyOf(Ask(method, "", "", {})), header);
    EXPECT_EQ(Ask(method, "", "", {{"Metadata", "true"}, {"X-Forwarded-For", ""}}).status, 400);
    EXPECT_EQ(Ask(method, "", "").status, 410);
    SetFault(FaultProfile::kNone);
    EXPECT_EQ(Ask(method, "", "").status, 400);
  }
  ASSERT_THAT(registry_->DeleteMachine(registry_->Read()->FindMachine("vm1")->machine->id), IsOk());
  EXPECT_EQ(Ask("GET").status, 404);
  EXPECT_EQ(Ask("POST", "{}").status, 404);
}

}  // namespace
}  // namespace openimds::imds
