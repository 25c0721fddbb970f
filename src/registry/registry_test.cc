// SPDX-License-Identifier: Apache-2.0
#include "registry/registry.h"

#include <gmock/gmock.h>

#include <set>
#include <string>
#include <vector>

#include "base/reasons.h"
#include "registry/identity_selector.h"
#include "registry/records.h"
#include "registry/registry_fixture.h"
#include "store/memory_store.h"
#include "store/sqlite_store.h"
#include "testing/matchers.h"
#include "testing/temporary_folder.h"

namespace openimds {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A registry with the seed: group `rg1`, machine `vm1` (system-assigned, `id1`), identity `id1`.
class RegistryTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_THAT(registry_->SeedIfEmpty(TestSeed()), IsOk()); }

  std::shared_ptr<const MachineEntry> GetMachine(std::string_view name) {
    auto entry = registry_->Read()->FindMachine(name);
    EXPECT_NE(entry, nullptr) << name;
    return entry;
  }

  std::vector<std::string> AssignedTo(std::string_view machine) {
    std::vector<std::string> names;
    for (const auto& identity : GetMachine(machine)->user_assigned) {
      names.emplace_back(identity->id.name());
    }
    return names;
  }

  // Nothing of a refused change may be seen, in memory or in the store.
  template <class T>
  void ExpectRefused(const Result<T>& result, std::string_view reason, ErrorKind kind) {
    EXPECT_THAT(result, FailsWith(reason));
    if (!result) {
      EXPECT_EQ(result.error().kind, kind);
    }
    EXPECT_EQ(store_.Revision(), 1);
    EXPECT_EQ(Describe(*registry_->Read()), before_);
  }
  void Remember() { before_ = Describe(*registry_->Read()); }

  MemoryStore store_;
  const std::unique_ptr<Registry> registry_ = *Registry::Open(store_, RegistryLimits{});
  std::string before_;
};

TEST_F(RegistryTest, MakesAnIdentityWithFreshGuidsInTheSubscriptionsTenant) {
  const auto one = registry_->CreateIdentity(IdentityId("one"), "westeurope");
  const auto two = registry_->CreateIdentity(IdentityId("two"), "westeurope");
  ASSERT_THAT(one, IsOk());
  ASSERT_THAT(two, IsOk());
  EXPECT_EQ(one->kind, IdentityKind::kUserAssigned);
  EXPECT_EQ(one->location, "westeurope");
  EXPECT_EQ(one->tenant_id.ToString(), kTestTenant);
  const std::set<Guid> guids = {one->client_id, one->principal_id, two->client_id,
                                two->principal_id, Guid()};
  EXPECT_THAT(guids, SizeIs(5));
  EXPECT_EQ(DescribeIdentity(*registry_->Read()->FindIdentity("one")), DescribeIdentity(*one));
}

TEST_F(RegistryTest, PrintsAsCreatedAndComparesWithoutCase) {
  ASSERT_THAT(registry_->CreateIdentity(IdentityId("Deploy"), "local"), IsOk());
  EXPECT_EQ(registry_->Read()->FindIdentity("deploy")->id.text(), IdentityId("Deploy").text());
  EXPECT_THAT(registry_->CreateIdentity(IdentityId("DEPLOY", "RG1"), "local"),
              FailsWith(reasons::kExists));
  ASSERT_THAT(registry_->AssignIdentity(MachineId("VM1"), IdentityId("dEPLOY")), IsOk());
  EXPECT_EQ(GetMachine("vm1")->machine->user_assigned[1].text(), IdentityId("Deploy").text());
  ASSERT_THAT(registry_->RemoveIdentity(MachineId("Vm1"), IdentityId("deploY")), IsOk());
  EXPECT_THAT(registry_->DeleteIdentity(IdentityId("deploY")), IsOk());
}

TEST_F(RegistryTest, MakesAMissingResourceGroupInTheSameBatch) {
  ASSERT_THAT(registry_->CreateIdentity(IdentityId("one", "New"), "westeurope"), IsOk());
  const auto& groups = registry_->Read()->resource_groups;
  const auto group = groups.find(GroupId("new").key());
  ASSERT_NE(group, groups.end());
  EXPECT_EQ(group->second.id.text(), GroupId("New").text());
  EXPECT_EQ(group->second.location, "westeurope");
  EXPECT_EQ(store_.Revision(), 2);
}

TEST_F(RegistryTest, MakesAResourceGroupOnce) {
  const auto group = registry_->CreateResourceGroup(GroupId("rg2"), "local");
  ASSERT_THAT(group, IsOk());
  EXPECT_EQ(group->id, GroupId("rg2"));
  EXPECT_THAT(registry_->CreateResourceGroup(GroupId("RG2"), "local"), FailsWith(reasons::kExists));
}

TEST_F(RegistryTest, RefusesAnIdOfAnotherType) {
  Remember();
  const auto refused = [this](const auto& result) {
    ExpectRefused(result, reasons::kResourceIdInvalid, ErrorKind::kInvalidRequest);
  };
  refused(registry_->CreateIdentity(MachineId("one"), "local"));
  refused(registry_->CreateMachine(IdentityId("one"), "local", true));
  refused(registry_->CreateIdentity(GroupId(), "local"));
  refused(registry_->CreateMachine(GroupId(), "local", true));
  refused(registry_->CreateResourceGroup(MachineId("one"), "local"));
  refused(registry_->CreateResourceGroup(*ResourceId::ForSubscription(kTestSubscription), "local"));
  refused(registry_->CreateMachine(*ResourceId::Parse(MachineId("one").text() + "/extensions/x"),
                                   "local", true));
}

TEST_F(RegistryTest, RefusesASubscriptionThatDoesNotExist) {
  Remember();
  const auto group = *ResourceId::ForResourceGroup("99999999-9999-9999-9999-999999999999", "rg1");
  ExpectRefused(registry_->CreateResourceGroup(group, "local"), reasons::kNotFound,
                ErrorKind::kNotFound);
  ExpectRefused(registry_->CreateMachine(*ResourceId::ForMachine(group, "vm9"), "local", true),
                reasons::kNotFound, ErrorKind::kNotFound);
}

TEST_F(RegistryTest, RefusesALocationThatIsNoName) {
  Remember();
  for (const std::string& location :
       {std::string(), std::string("a/b"), std::string("a\nb"), std::string(91, 'a')}) {
    ExpectRefused(registry_->CreateIdentity(IdentityId("one"), location), reasons::kNameInvalid,
                  ErrorKind::kInvalidRequest);
    ExpectRefused(registry_->CreateMachine(MachineId("one"), location, true), reasons::kNameInvalid,
                  ErrorKind::kInvalidRequest);
    ExpectRefused(registry_->CreateResourceGroup(GroupId("one"), location), reasons::kNameInvalid,
                  ErrorKind::kInvalidRequest);
  }
}

TEST_F(RegistryTest, BB08AnIdentityMadeAgainUnderItsOldNameIsANewOne) {
  const auto old = registry_->CreateIdentity(IdentityId("one"), "local");
  ASSERT_THAT(registry_->AssignIdentity(MachineId("vm1"), IdentityId("one")), IsOk());
  ASSERT_THAT(registry_->RemoveIdentity(MachineId("vm1"), IdentityId("one")), IsOk());
  ASSERT_THAT(registry_->DeleteIdentity(IdentityId("one")), IsOk());
  const auto again = registry_->CreateIdentity(IdentityId("one"), "local");
  ASSERT_THAT(registry_->AssignIdentity(MachineId("vm1"), IdentityId("one")), IsOk());
  EXPECT_NE(again->client_id, old->client_id);
  EXPECT_NE(again->principal_id, old->principal_id);

  const auto entry = GetMachine("vm1");
  const auto select = [&](const Guid& client_id) {
    return SelectIdentity(*entry, {.client_id = client_id.ToString()});
  };
  EXPECT_THAT(select(old->client_id), FailsWith(reasons::kIdentityNotFound));
  EXPECT_THAT(select(again->client_id), IsOk());
}

TEST_F(RegistryTest, AMachineMadeAgainUnderItsOldNameIsANewOne) {
  const auto old = GetMachine("vm1");
  ASSERT_THAT(registry_->DeleteMachine(MachineId("vm1")), IsOk());
  EXPECT_EQ(registry_->Read()->FindMachine("vm1"), nullptr);
  const auto again = registry_->CreateMachine(MachineId("vm1"), "local", true);
  ASSERT_THAT(again, IsOk());
  EXPECT_NE(again->vm_id, old->machine->vm_id);
  EXPECT_NE(again->system_assigned->client_id, old->system_assigned->client_id);
  EXPECT_NE(again->system_assigned->principal_id, old->system_assigned->principal_id);
  EXPECT_THAT(AssignedTo("vm1"), IsEmpty());
}

TEST_F(RegistryTest, MakesAMachineWithOrWithoutASystemAssignedIdentity) {
  const auto with = registry_->CreateMachine(MachineId("with"), "local", true);
  const auto without = registry_->CreateMachine(MachineId("without"), "local", false);
  ASSERT_THAT(with, IsOk());
  ASSERT_THAT(without, IsOk());
  EXPECT_EQ(GetMachine("without")->system_assigned, nullptr);
  const auto identity = GetMachine("with")->system_assigned;
  ASSERT_NE(identity, nullptr);
  EXPECT_EQ(DescribeIdentity(*identity), DescribeIdentity(*with->system_assigned));
  EXPECT_EQ(identity->id, MachineId("with"));
  EXPECT_EQ(identity->tenant_id.ToString(), kTestTenant);
  EXPECT_THAT(registry_->CreateMachine(MachineId("WITH"), "local", false),
              FailsWith(reasons::kExists));
}

TEST_F(RegistryTest, TakesGivenGuids) {
  const Guid tenant = *Guid::Parse(kTestTenant);
  const auto identity =
      registry_->CreateIdentity({IdentityKind::kUserAssigned, IdentityId("one"), "local", tenant,
                                 NumberedGuid(1), NumberedGuid(2)});
  ASSERT_THAT(identity, IsOk());
  EXPECT_EQ(identity->client_id, NumberedGuid(1));
  EXPECT_EQ(identity->principal_id, NumberedGuid(2));
  const auto machine =
      registry_->CreateMachine(MachineId("vm2"), "local", NumberedGuid(3), NumberedGuid(4));
  ASSERT_THAT(machine, IsOk());
  EXPECT_EQ(machine->system_assigned->client_id, NumberedGuid(3));
  EXPECT_EQ(GetMachine("vm2")->by_principal_id.count(NumberedGuid(4)), 1u);
}

TEST_F(RegistryTest, RefusesAGivenGuidThatAnotherIdentityHas) {
  const auto entry = GetMachine("vm1");
  Remember();
  for (const auto& taken : {entry->system_assigned, entry->user_assigned[0]}) {
    for (const auto& [client_id, principal_id] :
         {std::pair(taken->client_id, NumberedGuid(1)),
          std::pair(NumberedGuid(1), taken->principal_id)}) {
      ExpectRefused(registry_->CreateIdentity({IdentityKind::kUserAssigned, IdentityId("one"),
                                               "local", Guid(), client_id, principal_id}),
                    reasons::kExists, ErrorKind::kConflict);
      ExpectRefused(registry_->CreateMachine(MachineId("vm2"), "local", client_id, principal_id),
                    reasons::kExists, ErrorKind::kConflict);
    }
  }
}

TEST_F(RegistryTest, RefusesAVmIdThatAnotherMachineHasSinceTokensAreKeptByIt) {
  const auto with_id = [](const std::string& name) {
    return Machine{MachineId(name), "local", NumberedGuid(9), std::nullopt, {}};
  };
  ASSERT_THAT(registry_->CreateMachine(with_id("vm2")), IsOk());
  EXPECT_EQ(GetMachine("vm2")->machine->vm_id, NumberedGuid(9));
  EXPECT_THAT(registry_->CreateMachine(with_id("vm3")), FailsWith(reasons::kExists));
  ASSERT_THAT(registry_->DeleteMachine(MachineId("vm2")), IsOk());
  EXPECT_THAT(registry_->CreateMachine(with_id("vm3")), IsOk());
}

TEST_F(RegistryTest, RefusesAnIdentityOfAnotherTenantThanItsSubscriptions) {
  Remember();
  ExpectRefused(registry_->CreateIdentity({IdentityKind::kUserAssigned, IdentityId("one"), "local",
                                           NumberedGuid(9), NumberedGuid(1), NumberedGuid(2)}),
                reasons::kArgumentInvalid, ErrorKind::kInvalidRequest);
}

TEST_F(RegistryTest, KeepsIdentitiesInTheOrderOfTheirAssignment) {
  for (const char* name : {"b", "a", "c"}) {
    ASSERT_THAT(registry_->CreateIdentity(IdentityId(name), "local"), IsOk());
    ASSERT_THAT(registry_->AssignIdentity(MachineId("vm1"), IdentityId(name)), IsOk());
  }
  EXPECT_THAT(AssignedTo("vm1"), ElementsAre("id1", "b", "a", "c"));
  ASSERT_THAT(registry_->RemoveIdentity(MachineId("vm1"), IdentityId("b")), IsOk());
  EXPECT_THAT(AssignedTo("vm1"), ElementsAre("id1", "a", "c"));
  ASSERT_THAT(registry_->AssignIdentity(MachineId("vm1"), IdentityId("b")), IsOk());
  EXPECT_THAT(AssignedTo("vm1"), ElementsAre("id1", "a", "c", "b"));
}

TEST_F(RegistryTest, AssignsAnIdentityThatIsAssignedAlreadyWithoutAChange) {
  ASSERT_THAT(registry_->AssignIdentity(MachineId("vm1"), IdentityId("id1")), IsOk());
  EXPECT_EQ(store_.Revision(), 1);
  EXPECT_THAT(AssignedTo("vm1"), ElementsAre("id1"));
}

TEST_F(RegistryTest, FailsOnWhatDoesNotExist) {
  Remember();
  const auto not_found = [this](const auto& result) {
    ExpectRefused(result, reasons::kNotFound, ErrorKind::kNotFound);
  };
  not_found(registry_->AssignIdentity(MachineId("vm9"), IdentityId("id1")));
  not_found(registry_->AssignIdentity(MachineId("vm1"), IdentityId("id9")));
  not_found(registry_->AssignIdentity(MachineId("vm1"), MachineId("vm1")));
  not_found(registry_->RemoveIdentity(MachineId("vm9"), IdentityId("id1")));
  not_found(registry_->RemoveIdentity(MachineId("vm1"), IdentityId("id9")));
  not_found(registry_->RemoveIdentity(MachineId("vm1"), MachineId("vm1")));
  not_found(registry_->EnableSystemAssigned(MachineId("vm9")));
  not_found(registry_->DisableSystemAssigned(MachineId("vm9")));
  not_found(registry_->DeleteMachine(MachineId("vm9")));
  not_found(registry_->DeleteIdentity(IdentityId("id9")));
  not_found(registry_->DeleteIdentity(MachineId("vm1")));
}

TEST_F(RegistryTest, RefusesToDeleteAnIdentityInUseNamingAMachine) {
  Remember();
  const auto deleted = registry_->DeleteIdentity(IdentityId("id1"));
  ExpectRefused(deleted, reasons::kInUse, ErrorKind::kConflict);
  EXPECT_THAT(deleted.error().message, HasSubstr(MachineId("vm1").text()));
  ASSERT_THAT(registry_->RemoveIdentity(MachineId("vm1"), IdentityId("id1")), IsOk());
  EXPECT_THAT(registry_->DeleteIdentity(IdentityId("id1")), IsOk());
  EXPECT_EQ(registry_->Read()->FindIdentity("id1"), nullptr);
}

TEST_F(RegistryTest, FreesAnIdentityWithItsLastMachine) {
  ASSERT_THAT(registry_->DeleteMachine(MachineId("vm1")), IsOk());
  EXPECT_THAT(registry_->DeleteIdentity(IdentityId("id1")), IsOk());
}

TEST_F(RegistryTest, GivesAFreshSystemAssignedIdentityEachTimeItIsEnabled) {
  const auto first = GetMachine("vm1")->system_assigned;
  EXPECT_THAT(registry_->EnableSystemAssigned(MachineId("vm1")), FailsWith(reasons::kExists));
  ASSERT_THAT(registry_->DisableSystemAssigned(MachineId("vm1")), IsOk());
  EXPECT_EQ(GetMachine("vm1")->system_assigned, nullptr);
  EXPECT_THAT(AssignedTo("vm1"), ElementsAre("id1"));
  EXPECT_THAT(registry_->DisableSystemAssigned(MachineId("vm1")), FailsWith(reasons::kNotFound));
  const auto second = registry_->EnableSystemAssigned(MachineId("vm1"));
  ASSERT_THAT(second, IsOk());
  EXPECT_NE(second->client_id, first->client_id);
  EXPECT_NE(second->principal_id, first->principal_id);
  EXPECT_EQ(DescribeIdentity(*GetMachine("vm1")->system_assigned), DescribeIdentity(*second));
}

TEST_F(RegistryTest, LetsADeletedIdentitysGuidsBeGivenAgain) {
  const auto first = *GetMachine("vm1")->system_assigned;
  ASSERT_THAT(registry_->DisableSystemAssigned(MachineId("vm1")), IsOk());
  EXPECT_THAT(
      registry_->EnableSystemAssigned(MachineId("vm1"), first.client_id, first.principal_id),
      IsOk());
}

TEST_F(RegistryTest, SharesEveryMachineThatAChangeLeavesAlone) {
  ASSERT_THAT(registry_->CreateMachine(MachineId("vm2"), "local", true), IsOk());
  const auto vm1 = GetMachine("vm1");
  const auto vm2 = GetMachine("vm2");
  const auto id1 = registry_->Read()->FindIdentity("id1");
  ASSERT_THAT(registry_->AssignIdentity(MachineId("vm2"), IdentityId("id1")), IsOk());
  ASSERT_THAT(registry_->CreateIdentity(IdentityId("id2"), "local"), IsOk());
  EXPECT_EQ(GetMachine("vm1"), vm1);
  EXPECT_NE(GetMachine("vm2"), vm2);
  EXPECT_EQ(GetMachine("vm2")->user_assigned[0], id1);
}

TEST_F(RegistryTest, LeavesASnapshotThatIsHeldAsItWas) {
  const std::shared_ptr<const Snapshot> held = registry_->Read();
  const std::string before = Describe(*held);
  ASSERT_THAT(registry_->DeleteMachine(MachineId("vm1")), IsOk());
  ASSERT_THAT(registry_->DeleteIdentity(IdentityId("id1")), IsOk());
  EXPECT_EQ(Describe(*held), before);
  EXPECT_EQ(registry_->Read()->FindMachine("vm1"), nullptr);
}

class RegistryLimitTest : public testing::TestWithParam<std::size_t> {};

// decisions.md: 32 on a machine served by the extension, 1,000 on one served by IMDS.
INSTANTIATE_TEST_SUITE_P(Limits, RegistryLimitTest, testing::Values(1, 32, 1000));

TEST_P(RegistryLimitTest, RefusesTheNextAssignmentAboveTheConfiguredLimit) {
  const std::size_t limit = GetParam();
  MemoryStore store;
  std::vector<Change> full;  // a machine `full` with that many identities, written at once
  Machine machine{MachineId("full"), "local", NumberedGuid(1), std::nullopt, {}};
  for (unsigned i = 0; i < limit; ++i) {
    const Identity identity{IdentityKind::kUserAssigned,
                            IdentityId("n" + std::to_string(i)),
                            "local",
                            *Guid::Parse(kTestTenant),
                            NumberedGuid(10'000 + i),
                            NumberedGuid(20'000 + i)};
    machine.user_assigned.push_back(identity.id);
    full.push_back(RenderChange(identity));
  }
  full.push_back(RenderChange(machine));
  ASSERT_THAT((*Registry::Open(store, {}))->SeedIfEmpty(TestSeed()), IsOk());
  ASSERT_THAT(store.Apply(full), IsOk());
  const auto registry = *Registry::Open(store, {.user_assigned_per_machine = limit});

  const auto refused = registry->AssignIdentity(MachineId("full"), IdentityId("id1"));
  ASSERT_THAT(refused, FailsWith(reasons::kLimitReached));
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalidRequest);
  EXPECT_THAT(registry->AssignIdentity(MachineId("full"), IdentityId("n0")), IsOk());
  ASSERT_THAT(registry->RemoveIdentity(MachineId("full"), IdentityId("n0")), IsOk());
  EXPECT_THAT(registry->AssignIdentity(MachineId("full"), IdentityId("id1")), IsOk());
}

TEST(RegistryRestartTest, FindsEverythingAsItWasAfterARestart) {
  const TemporaryFolder folder;
  std::string before;
  {
    const auto store = *SqliteStore::Open(folder.path() / "store.db");
    const auto registry = *Registry::Open(*store, {});
    ASSERT_THAT(registry->SeedIfEmpty(TestSeed()), IsOk());
    ASSERT_THAT(registry->CreateIdentity(IdentityId("Id-2", "Other"), "West Europe"), IsOk());
    ASSERT_THAT(registry->CreateIdentity(IdentityId("a"), "local"), IsOk());
    ASSERT_THAT(registry->CreateMachine(MachineId("vm2"), "local", false), IsOk());
    ASSERT_THAT(registry->CreateMachine(MachineId("gone"), "local", true), IsOk());
    ASSERT_THAT(registry->AssignIdentity(MachineId("vm2"), IdentityId("Id-2", "Other")), IsOk());
    ASSERT_THAT(registry->AssignIdentity(MachineId("vm2"), IdentityId("a")), IsOk());
    ASSERT_THAT(registry->DeleteMachine(MachineId("gone")), IsOk());
    ASSERT_THAT(registry->DisableSystemAssigned(MachineId("vm1")), IsOk());
    before = Describe(*registry->Read());
  }
  const auto store = *SqliteStore::Open(folder.path() / "store.db");
  const auto registry = *Registry::Open(*store, {});
  EXPECT_EQ(Describe(*registry->Read()), before);
  ASSERT_THAT(registry->SeedIfEmpty(TestSeed()), IsOk());
  EXPECT_EQ(Describe(*registry->Read()), before);
}

}  // namespace
}  // namespace openimds
