// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <atomic>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "base/reasons.h"
#include "registry/records.h"
#include "registry/registry.h"
#include "registry/registry_fixture.h"
#include "store/memory_store.h"
#include "store/sqlite_store.h"
#include "testing/matchers.h"
#include "testing/temporary_folder.h"

// Several threads on one registry, several registries on one store, and a store that fails.
namespace openimds {
namespace {

using ::testing::SizeIs;

// A store that lets a test act just before each Apply(), as another process might, or refuses.
class InterruptedStore final : public Store {
 public:
  explicit InterruptedStore(Store& store) : store_(store) {}

  std::deque<std::function<void()>> meanwhile;  // the first one at the next Apply(), and so on
  bool failing = false;

  Result<std::int64_t> Apply(const std::vector<Change>& batch) override {
    if (failing) return Fail(ErrorKind::kUnavailable, reasons::kStoreFailed, "the disk is full");
    if (!meanwhile.empty()) {
      const auto act = std::move(meanwhile.front());
      meanwhile.pop_front();
      act();
    }
    return store_.Apply(batch);
  }
  Result<std::vector<Record>> ReadAll() override { return store_.ReadAll(); }
  Result<std::int64_t> Revision() override { return store_.Revision(); }

 private:
  Store& store_;
};

// Two registries, `mine_` and `theirs_`, on one store, as in two processes.
class SharedStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_THAT(mine_->SeedIfEmpty(TestSeed()), IsOk());
    ASSERT_THAT(theirs_->SeedIfEmpty(TestSeed()), IsOk());
  }

  MemoryStore store_;
  InterruptedStore interrupted_{store_};
  const std::unique_ptr<Registry> mine_ = *Registry::Open(interrupted_, {});
  const std::unique_ptr<Registry> theirs_ = *Registry::Open(store_, {});
};

TEST_F(SharedStoreTest, SeedsOnlyOnce) {
  EXPECT_EQ(store_.Revision(), 1);
  EXPECT_EQ(Describe(*mine_->Read()), Describe(*theirs_->Read()));
}

TEST_F(SharedStoreTest, ActsOnWhatAnotherRegistryChangedBefore) {
  ASSERT_THAT(theirs_->CreateIdentity(IdentityId("id2"), "local"), IsOk());
  EXPECT_THAT(mine_->CreateIdentity(IdentityId("id2"), "local"), FailsWith(reasons::kExists));
  ASSERT_THAT(mine_->AssignIdentity(MachineId("vm1"), IdentityId("id2")), IsOk());
  EXPECT_THAT(theirs_->DeleteIdentity(IdentityId("id2")), FailsWith(reasons::kInUse));
  ASSERT_THAT(theirs_->RemoveIdentity(MachineId("vm1"), IdentityId("id2")), IsOk());
  ASSERT_THAT(theirs_->DeleteIdentity(IdentityId("id2")), IsOk());
  EXPECT_THAT(mine_->AssignIdentity(MachineId("vm1"), IdentityId("id2")),
              FailsWith(reasons::kNotFound));
  EXPECT_EQ(Describe(*mine_->Read()), Describe(*theirs_->Read()));
}

TEST_F(SharedStoreTest, KeepsClientIdsUniqueOverBothRegistries) {
  const auto create = [](Registry& registry, std::string_view name) {
    return registry.CreateIdentity({IdentityKind::kUserAssigned, IdentityId(name), "local", Guid(),
                                    NumberedGuid(1), NumberedGuid(2)});
  };
  interrupted_.meanwhile.push_back([&] { EXPECT_THAT(create(*theirs_, "theirs"), IsOk()); });
  EXPECT_THAT(create(*mine_, "mine"), FailsWith(reasons::kExists));
  EXPECT_THAT(mine_->Read()->identities, SizeIs(2));
}

TEST_F(SharedStoreTest, TriesAgainWhenAnotherRegistryWasFasterAndLosesNeitherChange) {
  interrupted_.meanwhile.push_back(
      [&] { EXPECT_THAT(theirs_->CreateIdentity(IdentityId("theirs"), "local"), IsOk()); });
  ASSERT_THAT(mine_->CreateIdentity(IdentityId("mine"), "local"), IsOk());
  EXPECT_NE(mine_->Read()->FindIdentity("theirs"), nullptr);
  EXPECT_NE(mine_->Read()->FindIdentity("mine"), nullptr);
}

TEST_F(SharedStoreTest, NeverAssignsWhatAnotherRegistryDeletesAtThatMoment) {
  ASSERT_THAT(mine_->CreateIdentity(IdentityId("id2"), "local"), IsOk());
  interrupted_.meanwhile.push_back(
      [&] { EXPECT_THAT(theirs_->DeleteIdentity(IdentityId("id2")), IsOk()); });
  EXPECT_THAT(mine_->AssignIdentity(MachineId("vm1"), IdentityId("id2")),
              FailsWith(reasons::kNotFound));
  EXPECT_THAT(Registry::Open(store_, {}), IsOk());
}

TEST_F(SharedStoreTest, GivesUpWhenAnotherRegistryIsFasterTwice) {
  for (const char* name : {"theirs1", "theirs2"}) {
    interrupted_.meanwhile.push_back(
        [this, name] { EXPECT_THAT(theirs_->CreateIdentity(IdentityId(name), "local"), IsOk()); });
  }
  EXPECT_THAT(mine_->CreateIdentity(IdentityId("mine"), "local"),
              FailsWith(reasons::kChangedMeanwhile));
  EXPECT_EQ(theirs_->Read()->FindIdentity("mine"), nullptr);
}

TEST_F(SharedStoreTest, SeesARecordThatWasChangedWithoutARegistry) {
  const Change change = RenderChange(Tenant{NumberedGuid(7), "theirs"});
  ASSERT_THAT(store_.Apply({change}), IsOk());
  ASSERT_THAT(mine_->CreateIdentity(IdentityId("mine"), "local"), IsOk());
  EXPECT_TRUE(mine_->Read()->tenants.contains(NumberedGuid(7)));
}

TEST_F(SharedStoreTest, ShowsNothingOfAChangeThatTheStoreRefused) {
  const std::string before = Describe(*mine_->Read());
  interrupted_.failing = true;
  EXPECT_THAT(mine_->CreateIdentity(IdentityId("id2"), "local"), FailsWith(reasons::kStoreFailed));
  EXPECT_THAT(mine_->DeleteMachine(MachineId("vm1")), FailsWith(reasons::kStoreFailed));
  EXPECT_EQ(Describe(*mine_->Read()), before);
  interrupted_.failing = false;
  EXPECT_THAT(mine_->CreateIdentity(IdentityId("id2"), "local"), IsOk());
}

// Every identity that a machine has must be one that exists, at every moment.
void ExpectWhole(const Snapshot& snapshot) {
  for (const auto& [key, entry] : snapshot.machines) {
    ASSERT_EQ(entry->machine->user_assigned.size(), entry->user_assigned.size());
    for (const auto& identity : entry->user_assigned) {
      const auto found = snapshot.identities.find(identity->id.key());
      ASSERT_NE(found, snapshot.identities.end());
      ASSERT_EQ(found->second, identity);
    }
  }
}

TEST(RegistryThreadsTest, ReadersSeeOnlyWholeSnapshotsWhileAnotherThreadChangesThem) {
  MemoryStore store;
  const auto registry = *Registry::Open(store, {});
  ASSERT_THAT(registry->SeedIfEmpty(TestSeed()), IsOk());
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      do {
        ExpectWhole(*registry->Read());
      } while (!done);
    });
  }
  for (int i = 0; i < 200; ++i) {
    EXPECT_THAT(registry->CreateIdentity(IdentityId("x"), "local"), IsOk());
    EXPECT_THAT(registry->AssignIdentity(MachineId("vm1"), IdentityId("x")), IsOk());
    EXPECT_THAT(registry->RemoveIdentity(MachineId("vm1"), IdentityId("x")), IsOk());
    EXPECT_THAT(registry->DeleteIdentity(IdentityId("x")), IsOk());
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
}

TEST(RegistryThreadsTest, AnAnsweredChangeIsSeenByTheNextReadOfEveryThread) {
  MemoryStore store;
  const auto registry = *Registry::Open(store, {});
  ASSERT_THAT(registry->SeedIfEmpty(TestSeed()), IsOk());
  std::atomic<int> answered{-1};
  std::thread reader([&] {
    for (int seen = -1; seen < 199;) {
      seen = answered;
      if (seen < 0) continue;
      const std::string name = "id-" + std::to_string(seen);
      ASSERT_NE(registry->Read()->FindIdentity(IdentityId(name).text()), nullptr) << name;
    }
  });
  for (int i = 0; i < 200; ++i) {
    EXPECT_THAT(registry->CreateIdentity(IdentityId("id-" + std::to_string(i)), "local"), IsOk());
    answered = i;
  }
  reader.join();
}

TEST(RegistryThreadsTest, ThreadsThatChangeAtOnceLoseNothing) {
  const TemporaryFolder folder;
  const auto store = *SqliteStore::Open(folder.path() / "store.db");
  const auto registry = *Registry::Open(*store, {});
  ASSERT_THAT(registry->SeedIfEmpty(TestSeed()), IsOk());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const ResourceId id = IdentityId("id-" + std::to_string(t) + "-" + std::to_string(i));
        EXPECT_THAT(registry->CreateIdentity(id, "local"), IsOk());
        EXPECT_THAT(registry->AssignIdentity(MachineId("vm1"), id), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(registry->Read()->FindMachine("vm1")->user_assigned, SizeIs(41));
  const auto reopened = *Registry::Open(*store, {});
  EXPECT_EQ(Describe(*reopened->Read()), Describe(*registry->Read()));
}

TEST(RegistryThreadsTest, OneOfManyThreadsMakesWhatAllWantToMake) {
  MemoryStore store;
  const auto registry = *Registry::Open(store, {});
  ASSERT_THAT(registry->SeedIfEmpty(TestSeed()), IsOk());
  std::atomic<int> made{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      if (registry->CreateIdentity(IdentityId("same"), "local")) ++made;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(made, 1);
}

}  // namespace
}  // namespace openimds
