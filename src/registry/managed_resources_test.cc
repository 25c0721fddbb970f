// SPDX-License-Identifier: Apache-2.0
// What the resource manager keeps: documents, roles, administrators, scale sets.
#include <gmock/gmock.h>

#include "base/reasons.h"
#include "crypto/secret_hash.h"
#include "registry/administrators.h"
#include "registry/registry_fixture.h"
#include "registry/roles.h"
#include "store/memory_store.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const Time kNow = FromUnixSeconds(1'700'000'000);

ResourceId ScaleSetNamed(std::string_view name) {
  return *ResourceId::Parse(GroupId().text() + "/providers/Microsoft.Compute/" +
                            "virtualMachineScaleSets/" + std::string(name));
}
ResourceId InstanceNamed(std::string_view set, std::string_view number) {
  return *ResourceId::Parse(ScaleSetNamed(set).text() + "/virtualMachines/" + std::string(number));
}

class ManagedResourcesTest : public testing::Test {
 protected:
  void SetUp() override {
    Open();
    ASSERT_THAT(registry_->SeedIfEmpty(TestSeed()), IsOk());
  }
  // Reads the store anew, as after a restart.
  void Open() {
    auto registry = Registry::Open(store_, {.user_assigned_per_machine = 2});
    ASSERT_THAT(registry, IsOk());
    registry_ = *std::move(registry);
  }
  Result<void> Put(const ResourceId& id, std::string_view text) {
    return registry_->Edit([&](Draft& draft) {
      return draft.PutDocument({id, boost::json::object{{"text", text}}});
    });
  }
  std::vector<std::string> Documents() const {
    std::vector<std::string> names;
    for (const auto& [key, one] : registry_->Read()->documents) {
      names.emplace_back(one->id.name());
    }
    return names;
  }
  Result<void> MakeScaleSet(std::size_t capacity) {
    return registry_->Edit([&](Draft& draft) -> Result<void> {
      TRY_VOID(draft.AddScaleSet(ScaleSetNamed("ss"), "local"));
      TRY_VOID(draft.SetScaleSetIdentities(ScaleSetNamed("ss"), true, {IdentityId("id1")}));
      return draft.SetCapacity(ScaleSetNamed("ss"), capacity);
    });
  }
  std::shared_ptr<const MachineEntry> Instance(std::string_view number) const {
    return registry_->Read()->FindMachine(InstanceNamed("ss", number).text());
  }

  MemoryStore store_;
  std::unique_ptr<Registry> registry_;
};

TEST_F(ManagedResourcesTest, ADocumentIsReadBackAsItWasWrittenHoweverDeep) {
  boost::json::object deep{{"bottom", "reached"}};
  for (int i = 0; i < 40; ++i) deep = {{"a", deep}};
  ASSERT_THAT(registry_->Edit([&](Draft& draft) {
    return draft.PutDocument({MachineId("vm1"), deep});
  }),
              IsOk());
  Open();
  EXPECT_EQ(registry_->Read()->FindDocument(MachineId("VM1").key())->body, deep);
}

TEST_F(ManagedResourcesTest, ADocumentNeedsItsGroup) {
  EXPECT_THAT(Put(MachineId("x", "none"), ""), FailsWith(reasons::kNotFound));
}

TEST_F(ManagedResourcesTest, DocumentsGoWithWhatTheyAreAbout) {
  const auto child = *ResourceId::Parse(MachineId("vm1").text() + "/extensions/e");
  for (const ResourceId& id : {MachineId("vm1"), child, IdentityId("other"), MachineId("vm11")}) {
    ASSERT_THAT(Put(id, "x"), IsOk());
  }
  ASSERT_THAT(registry_->DeleteMachine(MachineId("vm1")), IsOk());
  EXPECT_THAT(Documents(), ElementsAre("vm11", "other"));
  Open();
  EXPECT_THAT(Documents(), ElementsAre("vm11", "other"));
}

TEST_F(ManagedResourcesTest, AGroupGoesWithAllThatIsInIt) {
  ASSERT_THAT(MakeScaleSet(1), IsOk());
  ASSERT_THAT(registry_->CreateMachine(MachineId("far", "rg2"), "local", false), IsOk());
  ASSERT_THAT(registry_->AssignIdentity(MachineId("far", "rg2"), IdentityId("id1")), IsOk());
  ASSERT_THAT(Put(GroupId(), "tags"), IsOk());
  ASSERT_THAT(registry_->Edit([](Draft& draft) { return draft.RemoveResourceGroup(GroupId()); }),
              IsOk());
  for (int again = 0; again < 2; ++again) {
    const auto snapshot = registry_->Read();
    EXPECT_THAT(snapshot->resource_groups, SizeIs(1));
    EXPECT_THAT(snapshot->machines, SizeIs(1));
    EXPECT_THAT(snapshot->FindMachine("far")->user_assigned, IsEmpty());
    EXPECT_THAT(snapshot->identities, IsEmpty());
    EXPECT_THAT(snapshot->scale_sets, IsEmpty());
    EXPECT_THAT(Documents(), IsEmpty());
    Open();
  }
}

TEST_F(ManagedResourcesTest, SettingIdentitiesKeepsTheGuidsOfWhatStays) {
  ASSERT_THAT(registry_->CreateIdentity(IdentityId("id2"), "local"), IsOk());
  const Guid before = registry_->Read()->FindMachine("vm1")->system_assigned->principal_id;
  ASSERT_THAT(registry_->Edit([](Draft& draft) {
    return draft.SetIdentities(MachineId("vm1"), true, {IdentityId("id2")});
  }),
              IsOk());
  const auto entry = registry_->Read()->FindMachine("vm1");
  EXPECT_EQ(entry->system_assigned->principal_id, before);
  EXPECT_THAT(entry->machine->user_assigned, ElementsAre(IdentityId("id2")));
  EXPECT_THAT(registry_->Edit([](Draft& draft) {
    return draft.SetIdentities(MachineId("vm1"), true,
                               {IdentityId("id1"), IdentityId("id2"), IdentityId("id3")});
  }),
              FailsWith(reasons::kLimitReached));
}

TEST_F(ManagedResourcesTest, AnAdministratorHasARoleAndASecretThatIsKeptAsAHash) {
  const Guid owner = *Guid::Parse(FindRoleNamed("owner")->name);
  const auto made = MakeAdministrator(*registry_, "Anna", owner, "/", kNow);
  ASSERT_THAT(made, IsOk());
  EXPECT_THAT(MakeAdministrator(*registry_, "anna", owner, "/", kNow), FailsWith(reasons::kExists));
  Open();
  const auto snapshot = registry_->Read();
  const Guid principal = made->administrator.principal_id;
  EXPECT_TRUE(MayAct(*snapshot, principal, "A/b/write", "/subscriptions/x"));
  EXPECT_EQ(snapshot->FindByPrincipalId(principal)->kind, IdentityKind::kAdministrator);
  const auto& client = snapshot->clients.find(made->administrator.client_id)->second;
  EXPECT_TRUE(SecretMatches(made->secret, client->passwords.at(0).hash));

  const auto rotated = RotateAdministrator(*registry_, "ANNA", kNow);
  ASSERT_THAT(rotated, IsOk());
  const auto& now = registry_->Read()->clients.find(made->administrator.client_id)->second;
  EXPECT_THAT(now->passwords, SizeIs(1));
  EXPECT_FALSE(SecretMatches(made->secret, now->passwords.at(0).hash));

  ASSERT_THAT(registry_->Edit(
                  [&](Draft& draft) { return draft.RemoveAdministrator(made->administrator.id); }),
              IsOk());
  EXPECT_THAT(registry_->Read()->role_assignments, IsEmpty());
  EXPECT_THAT(registry_->Read()->clients, IsEmpty());
}

TEST_F(ManagedResourcesTest, WhatCannotBeKeptMakesNoAdministrator) {
  const auto made = MakeAdministrator(
      *registry_, "x", Guid(), "/", kNow, [](const AdministratorCredential&) -> Result<void> {
        return Fail(ErrorKind::kInternal, reasons::kStateFailed, "full");
      });
  EXPECT_THAT(made, FailsWith(reasons::kStateFailed));
  EXPECT_THAT(registry_->Read()->administrators, IsEmpty());
}

TEST_F(ManagedResourcesTest, InstancesHaveTheIdentitiesOfTheirScaleSet) {
  ASSERT_THAT(MakeScaleSet(2), IsOk());
  for (int again = 0; again < 2; ++again) {
    const auto first = Instance("0");
    const auto second = Instance("1");
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->system_assigned->id, ScaleSetNamed("ss"));
    EXPECT_EQ(first->system_assigned->principal_id, second->system_assigned->principal_id);
    EXPECT_THAT(first->user_assigned, SizeIs(1));
    EXPECT_NE(first->machine->vm_id, second->machine->vm_id);
    Open();
  }
  ASSERT_THAT(registry_->EditProfile(
                  InstanceNamed("ss", "0"),
                  [](MachineProfile& profile) { return profile.Set("compute.vmSize", "s"); }),
              IsOk());
  Open();  // and the machine's record has not taken the identities for its own
  EXPECT_TRUE(Instance("0")->system_assigned);
}

TEST_F(ManagedResourcesTest, AnInstanceTakesNoIdentities) {
  ASSERT_THAT(MakeScaleSet(1), IsOk());
  const ResourceId instance = InstanceNamed("ss", "0");
  EXPECT_THAT(registry_->AssignIdentity(instance, IdentityId("id1")),
              FailsWith(reasons::kArgumentInvalid));
  EXPECT_THAT(registry_->DisableSystemAssigned(instance), FailsWith(reasons::kArgumentInvalid));
  EXPECT_THAT(registry_->DeleteIdentity(IdentityId("id1")), FailsWith(reasons::kInUse));
}

TEST_F(ManagedResourcesTest, AnInstanceThatEndsTakesNothingFromTheOthers) {
  ASSERT_THAT(MakeScaleSet(2), IsOk());
  const auto identity = Instance("0")->system_assigned;
  ASSERT_THAT(registry_->SetCredential(identity->id, CredentialSettings()), IsOk());
  ASSERT_THAT(registry_->DeleteMachine(InstanceNamed("ss", "1")), IsOk());
  EXPECT_TRUE(registry_->Read()->credentials.contains(identity->id.key()));
  ASSERT_THAT(
      registry_->Edit([](Draft& draft) { return draft.RemoveScaleSet(ScaleSetNamed("ss")); }),
      IsOk());
  EXPECT_THAT(registry_->Read()->credentials, IsEmpty());
  EXPECT_FALSE(registry_->Read()->FindByPrincipalId(identity->principal_id));
}

TEST_F(ManagedResourcesTest, DetachingReachesMachinesAndScaleSets) {
  ASSERT_THAT(MakeScaleSet(1), IsOk());
  ASSERT_THAT(
      registry_->Edit([](Draft& draft) { return draft.DetachEverywhere(IdentityId("id1")); }),
      IsOk());
  EXPECT_THAT(Instance("0")->user_assigned, IsEmpty());
  EXPECT_TRUE(Instance("0")->system_assigned);
  EXPECT_THAT(registry_->Read()->FindMachine("vm1")->user_assigned, IsEmpty());
}

}  // namespace
}  // namespace openimds
