// SPDX-License-Identifier: Apache-2.0
#include "registry/seed.h"

#include <gmock/gmock.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/reasons.h"
#include "registry/registry_fixture.h"
#include "store/memory_store.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

// What a fresh installation has after its first start.
std::shared_ptr<const Snapshot> Seed(const SeedNames& names) {
  MemoryStore store;
  const auto registry = Registry::Open(store, {});
  const auto seeded = (*registry)->SeedIfEmpty(names);
  EXPECT_THAT(seeded, IsOk());
  return (*registry)->Read();
}

SeedNames ForHost(std::string machine) {
  SeedNames names;
  names.machine = std::move(machine);
  return names;
}

TEST(SeedTest, MakesOneOfEverything) {
  const auto snapshot = Seed(TestSeed());
  EXPECT_THAT(snapshot->tenants, SizeIs(1));
  EXPECT_THAT(snapshot->subscriptions, SizeIs(1));
  EXPECT_THAT(snapshot->resource_groups, SizeIs(1));
  EXPECT_THAT(snapshot->identities, SizeIs(1));
  const auto entry = snapshot->FindMachine("vm1");
  ASSERT_NE(entry, nullptr);
  ASSERT_NE(entry->system_assigned, nullptr);
  EXPECT_EQ(entry->machine->id, MachineId("vm1"));
  EXPECT_EQ(entry->system_assigned->id, MachineId("vm1"));
  EXPECT_EQ(entry->system_assigned->tenant_id.ToString(), kTestTenant);
  ASSERT_THAT(entry->user_assigned, SizeIs(1));
  EXPECT_EQ(entry->user_assigned[0]->id, IdentityId("id1"));
  EXPECT_EQ(entry->user_assigned[0], snapshot->FindIdentity("id1"));
}

// Released values: whoever configured a client with them must find them again.
TEST(SeedTest, DerivesTheSameGuidsForEver) {
  const auto snapshot = Seed(ForHost("host1"));
  EXPECT_EQ(snapshot->tenants.begin()->first.ToString(), "424dfa3a-ed7b-5943-b8db-848a05dfa98b");
  EXPECT_EQ(snapshot->subscriptions.begin()->second.id.subscription(),
            "ee6118d9-874b-593e-b431-764d5aeec498");
  const auto entry = snapshot->FindMachine("host1");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->machine->vm_id.ToString(), "090e79b3-9f09-5968-b4a6-f5f4d7658362");
  EXPECT_EQ(entry->system_assigned->client_id.ToString(), "083a1360-e9d0-5783-9506-64012cf31b06");
  EXPECT_EQ(entry->system_assigned->principal_id.ToString(),
            "332f7294-ff74-5428-826f-87bcd667c782");
}

TEST(SeedTest, GivesTwoHostsTheSameTenantAndDifferentMachines) {
  const auto one = Seed(ForHost("host1"));
  const auto two = Seed(ForHost("host2"));
  EXPECT_EQ(one->tenants.begin()->first, two->tenants.begin()->first);
  EXPECT_EQ(one->subscriptions.begin()->first, two->subscriptions.begin()->first);
  EXPECT_NE(one->FindMachine("host1")->system_assigned->client_id,
            two->FindMachine("host2")->system_assigned->client_id);
  EXPECT_NE(one->FindMachine("host1")->machine->vm_id, two->FindMachine("host2")->machine->vm_id);
}

TEST(SeedTest, DerivesADifferentGuidForEveryPurpose) {
  const auto snapshot = Seed(ForHost("host1"));
  const auto entry = snapshot->FindMachine("host1");
  const std::set<Guid> all = {entry->machine->vm_id,
                              entry->system_assigned->client_id,
                              entry->system_assigned->principal_id,
                              entry->user_assigned[0]->client_id,
                              entry->user_assigned[0]->principal_id,
                              snapshot->tenants.begin()->first};
  EXPECT_THAT(all, SizeIs(6));
}

TEST(SeedTest, HappensOnceAndNeverAfterEverythingWasDeleted) {
  MemoryStore store;
  const auto registry = *Registry::Open(store, {});
  ASSERT_THAT(registry->SeedIfEmpty(TestSeed()), IsOk());
  ASSERT_THAT(registry->DeleteMachine(MachineId("vm1")), IsOk());
  ASSERT_THAT(registry->DeleteIdentity(IdentityId("id1")), IsOk());
  const std::int64_t revision = *store.Revision();
  ASSERT_THAT(registry->SeedIfEmpty(TestSeed()), IsOk());
  EXPECT_EQ(store.Revision(), revision);
  EXPECT_THAT(registry->Read()->machines, IsEmpty());
}

TEST(SeedTest, IsOneBatch) {
  MemoryStore store;
  const auto registry = *Registry::Open(store, {});
  ASSERT_THAT(registry->SeedIfEmpty(TestSeed()), IsOk());
  EXPECT_EQ(store.Revision(), 1);
}

TEST(SeedTest, LeavesNothingBehindIfANameIsWrong) {
  for (const char* wrong : {"", "a b", "a/b", "a.", "\xc3\xa4"}) {
    MemoryStore store;
    const auto registry = *Registry::Open(store, {});
    EXPECT_THAT(registry->SeedIfEmpty(ForHost(wrong)), FailsWith(reasons::kResourceIdInvalid));
    EXPECT_EQ(store.Revision(), 0);
    EXPECT_THAT(registry->Read()->tenants, IsEmpty());
  }
}

TEST(SeedTest, MakesAnyHostNameFit) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"web-01", "web-01"},
      {"Web_01.example.com", "Web_01.example.com"},
      {"example.com.", "example.com"},
      {"b\xc3\xbcro 1", "b--ro-1"},
      {"a/b\\c:d", "a-b-c-d"},
      {"", "localhost"},
      {"...", "localhost"},
      {std::string(63, 'a') + ".b", std::string(63, 'a')},
      {std::string(200, 'a'), std::string(64, 'a')}};
  for (const auto& [host, name] : table) {
    EXPECT_EQ(NameForHost(host), name);
    EXPECT_EQ(NameForHost(name), name);
    EXPECT_THAT(ResourceId::ForMachine(GroupId(), name), IsOk());
  }
}

}  // namespace
}  // namespace openimds
