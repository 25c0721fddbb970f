// SPDX-License-Identifier: Apache-2.0
// Scheduled events in the registry: who sees them, what a change counts, what is kept.
#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "base/reasons.h"
#include "model/machine_profile.h"
#include "registry/event_records.h"
#include "registry/registry.h"
#include "registry/registry_fixture.h"
#include "store/memory_store.h"
#include "testing/fake_clock.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kNewest[] = "2020-07-01";

class EventsTest : public testing::Test {
 protected:
  void SetUp() override {
    Reopen();
    ASSERT_THAT(registry_->SeedIfEmpty(TestSeed()), IsOk());
    for (const char* name : {"vm2", "vm3"}) {
      ASSERT_THAT(registry_->CreateMachine(MachineId(name), "local", false), IsOk());
    }
  }

  void Reopen() {
    auto registry = Registry::Open(store_, {});
    ASSERT_THAT(registry, IsOk());
    registry_ = *std::move(registry);
  }

  ScheduledEvent Make(std::vector<std::string> machines, EventType type = EventType::kFreeze) {
    ScheduledEvent event;
    event.type = type;
    for (const std::string& name : machines) event.machines.push_back(MachineId(name));
    event.created = clock_.Now();
    event.not_before = clock_.Now() + minutes(15);
    return event;
  }
  Guid Create(std::vector<std::string> machines, EventType type = EventType::kFreeze) {
    clock_.Advance(seconds(1));  // so that there is an order
    const auto made = registry_->CreateEvent(Make(std::move(machines), type));
    EXPECT_THAT(made, IsOk());
    return made ? made->id : Guid();
  }
  void PutInScaleSet(const std::string& machine, const std::string& scale_set) {
    ASSERT_THAT(registry_->EditProfile(MachineId(machine),
                                       [&](MachineProfile& profile) {
                                         return profile.Set("compute.vmScaleSetName", scale_set);
                                       }),
                IsOk());
  }
  Result<ScheduledEvent> Complete(const Guid& id) {
    return registry_->EditEvent(
        id, [&](ScheduledEvent& event) { return CompleteEvent(&event, clock_.Now()); });
  }
  Result<ScheduledEvent> Cancel(const Guid& id) {
    return registry_->EditEvent(
        id, [&](ScheduledEvent& event) { return CancelEvent(&event, clock_.Now()); });
  }
  Result<void> Approve(const std::string& machine, std::vector<Guid> ids) {
    return registry_->ApproveEvents(MachineId(machine), ids, clock_.Now());
  }

  const EventInbox& InboxOf(const std::string& machine) {
    return registry_->Read()->InboxOf(MachineId(machine));
  }
  std::vector<Guid> SeenBy(const std::string& machine, std::string_view version = kNewest) {
    std::vector<Guid> ids;
    for (const auto& event : InboxOf(machine).EventsFor(version)) ids.push_back(event->id);
    return ids;
  }
  // Of vm1, vm2 and vm3.
  std::vector<std::int64_t> Incarnations(std::string_view version = kNewest) {
    return {InboxOf("vm1").IncarnationFor(version), InboxOf("vm2").IncarnationFor(version),
            InboxOf("vm3").IncarnationFor(version)};
  }
  EventStatus StatusOf(const Guid& id) { return registry_->Read()->events.at(id)->status; }

  FakeClock clock_;
  MemoryStore store_;
  std::unique_ptr<Registry> registry_;
};

TEST_F(EventsTest, EveryChangeCountsOnceAndOnlyForThoseWhoSeeIt) {
  EXPECT_THAT(Incarnations(), ElementsAre(1, 1, 1));
  const Guid id = Create({"vm1", "vm2"});
  EXPECT_THAT(Incarnations(), ElementsAre(2, 2, 1));
  EXPECT_THAT(Approve("vm2", {id}), IsOk());
  EXPECT_THAT(Incarnations(), ElementsAre(3, 3, 1));
  EXPECT_THAT(Complete(id), IsOk());
  EXPECT_THAT(Incarnations(), ElementsAre(4, 4, 1));
  EXPECT_THAT(SeenBy("vm1"), IsEmpty());
  const Guid other = Create({"vm3"});
  EXPECT_THAT(Incarnations(), ElementsAre(4, 4, 2));
  EXPECT_THAT(Cancel(other), IsOk());
  EXPECT_THAT(Incarnations(), ElementsAre(4, 4, 3));
}

TEST_F(EventsTest, WhatChangesNothingThatIsSeenCountsNothing) {
  const Guid id = Create({"vm1"});
  EXPECT_THAT(Approve("vm1", {id}), IsOk());
  const auto before = *store_.Revision();
  EXPECT_THAT(Approve("vm1", {id, id}), IsOk());
  EXPECT_THAT(Approve("vm1", {}), IsOk());
  EXPECT_EQ(*store_.Revision(), before) << "nothing is written";
  ASSERT_THAT(registry_->CreateIdentity(IdentityId("id9"), "local"), IsOk());
  ASSERT_THAT(registry_->EditProfile(
                  MachineId("vm1"),
                  [](MachineProfile& profile) { return profile.Set("compute.vmSize", "x"); }),
              IsOk());
  EXPECT_THAT(registry_->StartDueEvents(clock_.Now() + hours(24)), IsOk());
  EXPECT_THAT(Complete(id), IsOk());
  EXPECT_THAT(Complete(id), IsOk());
  EXPECT_THAT(Incarnations(), ElementsAre(4, 1, 1));
}

TEST_F(EventsTest, VersionsThatLackATypeNeitherSeeNorCountIt) {
  const Guid freeze = Create({"vm1"});
  const Guid preempt = Create({"vm1"}, EventType::kPreempt);
  const Guid terminate = Create({"vm1"}, EventType::kTerminate);
  EXPECT_THAT(SeenBy("vm1", "2017-08-01"), ElementsAre(freeze));
  EXPECT_THAT(SeenBy("vm1", "2017-11-01"), ElementsAre(freeze, preempt));
  EXPECT_THAT(SeenBy("vm1", "2019-01-01"), ElementsAre(freeze, preempt, terminate));
  EXPECT_EQ(InboxOf("vm1").IncarnationFor("2017-08-01"), 2);
  EXPECT_EQ(InboxOf("vm1").IncarnationFor("2017-11-01"), 3);
  EXPECT_EQ(InboxOf("vm1").IncarnationFor("2019-01-01"), 4);
  EXPECT_THAT(Approve("vm1", {terminate}), IsOk());
  EXPECT_EQ(InboxOf("vm1").IncarnationFor("2017-08-01"), 2);
  EXPECT_EQ(InboxOf("vm1").IncarnationFor("2020-07-01"), 5);
}

TEST_F(EventsTest, AllMachinesOfAPlacementGroupHearOfWhatHappensToOne) {
  PutInScaleSet("vm1", "web");
  PutInScaleSet("vm2", "Web");
  const Guid id = Create({"vm1"});
  EXPECT_THAT(SeenBy("vm2"), ElementsAre(id));
  EXPECT_THAT(SeenBy("vm3"), IsEmpty());
  EXPECT_THAT(Incarnations(), ElementsAre(2, 2, 1));
  EXPECT_THAT(Approve("vm3", {id}), FailsWith(reasons::kEventUnknown));
  EXPECT_THAT(Approve("vm2", {id}), IsOk());
  EXPECT_EQ(registry_->Read()->events.at(id)->started_by, MachineId("vm2").text());
}

TEST_F(EventsTest, WhoComesIntoAGroupSeesItsEventsAndWhoLeavesDoesNot) {
  PutInScaleSet("vm1", "web");
  const Guid id = Create({"vm1"});
  PutInScaleSet("vm2", "web");
  EXPECT_THAT(SeenBy("vm2"), ElementsAre(id));
  EXPECT_THAT(Incarnations(), ElementsAre(2, 2, 1));
  PutInScaleSet("vm2", "db");
  EXPECT_THAT(SeenBy("vm2"), IsEmpty());
  EXPECT_THAT(Incarnations(), ElementsAre(2, 3, 1));
  PutInScaleSet("vm1", "db");  // an event goes with its machine
  EXPECT_THAT(SeenBy("vm2"), ElementsAre(id));
  EXPECT_THAT(Incarnations(), ElementsAre(2, 4, 1));
}

TEST_F(EventsTest, WhatIsDueStartsAndNothingElse) {
  const Guid first = Create({"vm1"});
  clock_.Advance(minutes(5));
  const Guid second = Create({"vm1"});
  EXPECT_EQ(registry_->Read()->NextEventDue(), registry_->Read()->events.at(first)->not_before);
  clock_.Set(registry_->Read()->events.at(first)->not_before - seconds(1));
  EXPECT_THAT(registry_->StartDueEvents(clock_.Now()), IsOk());
  EXPECT_EQ(StatusOf(first), EventStatus::kScheduled);
  clock_.Advance(seconds(1));
  EXPECT_THAT(registry_->StartDueEvents(clock_.Now()), IsOk());
  EXPECT_EQ(StatusOf(first), EventStatus::kStarted);
  EXPECT_EQ(registry_->Read()->events.at(first)->started_by, "time");
  EXPECT_EQ(StatusOf(second), EventStatus::kScheduled);
  EXPECT_EQ(registry_->Read()->NextEventDue(), registry_->Read()->events.at(second)->not_before);
  EXPECT_THAT(Incarnations(), ElementsAre(4, 1, 1));
}

TEST_F(EventsTest, WhatHasStartedStaysSoWhenTheClockIsSetBack) {
  const Guid id = Create({"vm1"});
  EXPECT_THAT(registry_->StartDueEvents(clock_.Now() + hours(1)), IsOk());
  clock_.Jump(-hours(24));
  EXPECT_THAT(registry_->StartDueEvents(clock_.Now()), IsOk());
  Reopen();
  EXPECT_EQ(StatusOf(id), EventStatus::kStarted);
  EXPECT_THAT(Incarnations(), ElementsAre(3, 1, 1));
}

TEST_F(EventsTest, AnotherRegistryOnTheStoreReadsTheSame) {
  PutInScaleSet("vm2", "web");
  PutInScaleSet("vm3", "web");
  const Guid first = Create({"vm1", "vm2"});
  clock_.Advance(seconds(1));
  ScheduledEvent full = Make({"vm2"}, EventType::kTerminate);
  full.id = NumberedGuid(7);
  full.description = "a \"text\" \u00e9";
  full.source = EventSource::kUser;
  full.duration = 9;
  full.scale_set = "/x";
  ASSERT_THAT(registry_->CreateEvent(full), IsOk());
  EXPECT_THAT(Approve("vm3", {first}), IsOk());
  const auto incarnations = Incarnations();
  Reopen();
  EXPECT_EQ(Incarnations(), incarnations);
  EXPECT_THAT(SeenBy("vm2"), ElementsAre(first, full.id));
  EXPECT_THAT(SeenBy("vm3"), ElementsAre(first, full.id));
  const ScheduledEvent& read = *registry_->Read()->events.at(full.id);
  EXPECT_EQ(read.description, full.description);
  EXPECT_EQ(read.source, full.source);
  EXPECT_EQ(read.duration, 9);
  EXPECT_EQ(read.scale_set, "/x");
  EXPECT_EQ(read.not_before, full.not_before);
  EXPECT_EQ(read.machines, full.machines);
  EXPECT_EQ(registry_->Read()->events.at(first)->started, clock_.Now());
}

// The store keeps whole seconds; the order must not depend on who has read it again.
TEST_F(EventsTest, TheOrderIsTheSameAfterARestart) {
  clock_.Set(clock_.Now() + std::chrono::milliseconds(10));
  for (int i = 0; i < 5; ++i) {
    clock_.Set(clock_.Now() + std::chrono::milliseconds(100));
    ASSERT_THAT(registry_->CreateEvent(Make({"vm1"})), IsOk());
  }
  const auto before = SeenBy("vm1");
  EXPECT_THAT(before, testing::SizeIs(5));
  Reopen();
  EXPECT_EQ(SeenBy("vm1"), before);
}

TEST_F(EventsTest, APartOfASecondNeverMakesAnEventStartTooEarly) {
  ScheduledEvent event = Make({"vm1"});
  event.not_before += std::chrono::milliseconds(1);
  const auto made = registry_->CreateEvent(event);
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->not_before, clock_.Now() + minutes(15) + seconds(1));
}

TEST_F(EventsTest, ALateApprovalIsGoodWhileTheEventIsRemembered) {
  const Guid id = Create({"vm1"});
  EXPECT_THAT(Approve("vm1", {id}), IsOk());
  EXPECT_THAT(Complete(id), IsOk());
  EXPECT_THAT(Approve("vm1", {id}), IsOk());
  EXPECT_EQ(StatusOf(id), EventStatus::kCompleted);
  EXPECT_THAT(Approve("vm2", {id}), FailsWith(reasons::kEventUnknown));
  clock_.Advance(hours(25));
  Create({"vm2"});
  EXPECT_FALSE(registry_->Read()->events.contains(id));
  EXPECT_THAT(Approve("vm1", {id}), FailsWith(reasons::kEventUnknown));
  Reopen();
  EXPECT_FALSE(registry_->Read()->events.contains(id));
}

TEST_F(EventsTest, AnApprovalStartsAllOrNothing) {
  const Guid good = Create({"vm1"});
  const auto refused = Approve("vm1", {good, NumberedGuid(1)});
  ASSERT_THAT(refused, FailsWith(reasons::kEventUnknown));
  EXPECT_THAT(refused.error().message, HasSubstr(NumberedGuid(1).ToString()));
  EXPECT_EQ(StatusOf(good), EventStatus::kScheduled);
  EXPECT_THAT(Incarnations(), ElementsAre(2, 1, 1));
}

TEST_F(EventsTest, ADeletedMachineLeavesItsEventsAndTheLastTakesThemAlong) {
  const Guid both = Create({"vm1", "vm2"});
  const Guid own = Create({"vm1"});
  ASSERT_THAT(registry_->DeleteMachine(MachineId("vm1")), IsOk());
  EXPECT_THAT(registry_->Read()->events.at(both)->machines, ElementsAre(MachineId("vm2")));
  EXPECT_FALSE(registry_->Read()->events.contains(own));
  EXPECT_THAT(Incarnations(), ElementsAre(1, 3, 1)) << "vm2 reads another list of resources";
  Reopen();
  EXPECT_THAT(SeenBy("vm2"), ElementsAre(both));
  ASSERT_THAT(registry_->CreateMachine(MachineId("vm1"), "local", false), IsOk());
  EXPECT_THAT(SeenBy("vm1"), IsEmpty()) << "a new machine under an old name";
  EXPECT_THAT(Incarnations(), ElementsAre(1, 3, 1));
}

TEST_F(EventsTest, RefusesWhatCannotBe) {
  EXPECT_THAT(registry_->CreateEvent(Make({"vm9"})), FailsWith(reasons::kNotFound));
  EXPECT_THAT(registry_->CreateEvent(Make({})), FailsWith(reasons::kArgumentInvalid));
  ScheduledEvent event = Make({"vm1"});
  event.id = NumberedGuid(3);
  EXPECT_THAT(registry_->CreateEvent(event), IsOk());
  EXPECT_THAT(registry_->CreateEvent(event), FailsWith(reasons::kExists));
  EXPECT_THAT(Cancel(NumberedGuid(4)), FailsWith(reasons::kNotFound));
  EXPECT_THAT(registry_->ApproveEvents(MachineId("vm9"), {}, clock_.Now()),
              FailsWith(reasons::kNotFound));
}

TEST_F(EventsTest, ThereIsAnEndToHowManyThereMayBe) {
  for (int i = 0; i < 500; ++i) ASSERT_THAT(registry_->CreateEvent(Make({"vm1"})), IsOk());
  EXPECT_THAT(registry_->CreateEvent(Make({"vm1"})), FailsWith(reasons::kLimitReached));
  EXPECT_THAT(Cancel(registry_->Read()->events.begin()->first), IsOk());
  EXPECT_THAT(registry_->CreateEvent(Make({"vm1"})), IsOk());
}

// A record, what in it is replaced by what, and what is said about it.
struct Damage {
  std::string_view kind;
  std::string from;
  std::string to;
  const char* message;
};

TEST_F(EventsTest, NamesTheRecordThatIsDamaged) {
  Create({"vm1"});
  const Damage damages[] = {
      {kEventKind, "\"Freeze\"", "\"Melt\"", "member 'type' is not one that there is"},
      {kEventKind, "\"Scheduled\"", "\"Started\"", "its times do not fit its status"},
      {kEventKind, "\"source\"", "\"x\"", "member 'source' is missing"},
      {kEventKind, "\"duration\"", "\"x\":1,\"duration\"", "member 'x' is unknown"},
      {kEventKind, "/vm1", "/vm9", "vm9' is missing"},
      {kEventKind, "\"created\":1", "\"created\":-1", "member 'created' to be a time"},
      {kInboxKind, ":2", ":\"2\"", "to be an integer"},
      {kInboxKind, "\"2017-11-01\"", "\"2017-11-02\"", "member '2017-11-01' is missing"},
  };
  for (const Damage& damage : damages) {
    MemoryStore damaged;
    std::vector<Change> batch;
    const auto records = store_.ReadAll();
    for (const Record& record : *records) {
      std::string body = record.body;
      const auto at = record.kind == damage.kind ? body.find(damage.from) : std::string::npos;
      if (at != std::string::npos) body.replace(at, damage.from.size(), damage.to);
      batch.push_back({record.kind, record.key, std::move(body), std::nullopt});
    }
    ASSERT_THAT(damaged.Apply(batch), IsOk());
    const auto registry = Registry::Open(damaged, {});
    ASSERT_THAT(registry, FailsWith(reasons::kStoreFailed)) << damage.message;
    EXPECT_THAT(registry.error().message, HasSubstr(damage.message));
  }
}

}  // namespace
}  // namespace openimds
