// SPDX-License-Identifier: Apache-2.0
#include "app/event_starter.h"

#include <gmock/gmock.h>

#include <atomic>
#include <memory>
#include <thread>

#include "base/reasons.h"
#include "store/memory_store.h"
#include "testing/fake_clock.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

// A store that can be told to fail.
class BreakableStore final : public Store {
 public:
  Result<std::int64_t> Apply(const std::vector<Change>& batch) override {
    if (broken) return Fail(ErrorKind::kInternal, reasons::kStoreFailed, "no space left");
    return kept_.Apply(batch);
  }
  Result<std::vector<Record>> ReadAll() override { return kept_.ReadAll(); }
  Result<std::int64_t> Revision() override { return kept_.Revision(); }

  std::atomic<bool> broken = false;

 private:
  MemoryStore kept_;
};

class EventStarterTest : public testing::Test {
 protected:
  void SetUp() override {
    auto registry = Registry::Open(store_, {});
    ASSERT_THAT(registry, IsOk());
    registry_ = *std::move(registry);
    SeedNames names;
    names.machine = "vm1";
    ASSERT_THAT(registry_->SeedIfEmpty(names), IsOk());
    ScheduledEvent event;
    event.machines = {registry_->Read()->FindMachine("vm1")->machine->id};
    event.created = clock_.Now();
    event.not_before = clock_.Now() + std::chrono::minutes(15);
    const auto made = registry_->CreateEvent(event);
    ASSERT_THAT(made, IsOk());
    id_ = made->id;
  }

  EventStatus Status() { return registry_->Read()->events.at(id_)->status; }
  // The thread looks once a second; the test's own time limit is what ends a wait for nothing.
  void WaitUntilStarted() {
    while (Status() != EventStatus::kStarted) std::this_thread::yield();
  }

  FakeClock clock_;
  Log log_{LogLevel::kError, LogFormat::kJson};
  BreakableStore store_;
  std::unique_ptr<Registry> registry_;
  Guid id_;
};

TEST_F(EventStarterTest, WhatBecameDueWhileNothingRanHasStartedBeforeAnybodyCanAsk) {
  clock_.Advance(std::chrono::minutes(15));
  const EventStarter starter(*registry_, clock_, log_);
  EXPECT_EQ(Status(), EventStatus::kStarted);
}

TEST_F(EventStarterTest, StartsWhatBecomesDue) {
  const EventStarter starter(*registry_, clock_, log_);
  EXPECT_EQ(Status(), EventStatus::kScheduled);
  clock_.Advance(std::chrono::minutes(15));
  WaitUntilStarted();
}

TEST_F(EventStarterTest, GoesOnWhenTheStoreHasRecovered) {
  store_.broken = true;
  clock_.Advance(std::chrono::minutes(15));
  const EventStarter starter(*registry_, clock_, log_);
  EXPECT_EQ(Status(), EventStatus::kScheduled) << "nobody sees what is not durable";
  store_.broken = false;
  WaitUntilStarted();
}

}  // namespace
}  // namespace openimds
