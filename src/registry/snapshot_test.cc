// SPDX-License-Identifier: Apache-2.0
#include "registry/snapshot.h"

#include <gmock/gmock.h>

#include "registry/registry_fixture.h"

namespace openimds {
namespace {

std::shared_ptr<const MachineEntry> EmptyMachine(const ResourceId& id) {
  return MakeMachineEntry({id, "local", Guid(), std::nullopt, {}}, {});
}

void AddIdentity(Snapshot& snapshot, const ResourceId& id) {
  snapshot.identities.emplace(
      id.key(), std::make_shared<Identity>(
                    Identity{IdentityKind::kUserAssigned, id, "local", Guid(), Guid(), Guid()}));
}

TEST(SnapshotTest, FindsAMachineByItsIdInAnyCaseAndByItsName) {
  Snapshot snapshot;
  snapshot.AddMachine(EmptyMachine(MachineId("Web-01")));
  const auto machine = snapshot.FindMachine(MachineId("Web-01").text());
  ASSERT_NE(machine, nullptr);
  EXPECT_EQ(snapshot.FindMachine(MachineId("WEB-01", "RG1").text()), machine);
  EXPECT_EQ(snapshot.FindMachine(MachineId("Web-01").text().substr(1)), machine);
  EXPECT_EQ(snapshot.FindMachine("web-01"), machine);
  EXPECT_EQ(snapshot.FindMachine("WEB-01"), machine);
}

TEST(SnapshotTest, FindsNoMachineByWhatIsNeitherItsIdNorItsName) {
  Snapshot snapshot;
  snapshot.AddMachine(EmptyMachine(MachineId("vm1")));
  for (const char* name : {"", "/", "vm", "vm11", "vm1/", "/vm1", "rg1/vm1", "vm2"}) {
    EXPECT_EQ(snapshot.FindMachine(name), nullptr) << name;
  }
}

TEST(SnapshotTest, FindsAMachineByNameOnlyWhileItIsTheOnlyOneOfThatName) {
  Snapshot snapshot;
  snapshot.AddMachine(EmptyMachine(MachineId("vm1", "rg1")));
  snapshot.AddMachine(EmptyMachine(MachineId("VM1", "rg2")));
  EXPECT_EQ(snapshot.FindMachine("vm1"), nullptr);
  EXPECT_NE(snapshot.FindMachine(MachineId("vm1", "rg1").text()), nullptr);
  snapshot.RemoveMachine(MachineId("vm1", "rg1"));
  ASSERT_NE(snapshot.FindMachine("vm1"), nullptr);
  EXPECT_EQ(snapshot.FindMachine("vm1")->machine->id, MachineId("vm1", "rg2"));
  snapshot.RemoveMachine(MachineId("vm1", "rg2"));
  EXPECT_EQ(snapshot.FindMachine("vm1"), nullptr);
}

TEST(SnapshotTest, FindsAnIdentityByItsIdInAnyCaseAndByItsName) {
  Snapshot snapshot;
  AddIdentity(snapshot, IdentityId("Deploy"));
  const auto identity = snapshot.FindIdentity(IdentityId("deploy").text());
  ASSERT_NE(identity, nullptr);
  EXPECT_EQ(snapshot.FindIdentity(IdentityId("DEPLOY").text().substr(1)), identity);
  EXPECT_EQ(snapshot.FindIdentity("deploy"), identity);
  EXPECT_EQ(snapshot.FindIdentity("deploy2"), nullptr);
  EXPECT_EQ(snapshot.FindIdentity(""), nullptr);
}

TEST(SnapshotTest, FindsAnIdentityByNameOnlyWhileItIsTheOnlyOneOfThatName) {
  Snapshot snapshot;
  AddIdentity(snapshot, IdentityId("id1", "rg1"));
  AddIdentity(snapshot, IdentityId("ID1", "rg2"));
  EXPECT_EQ(snapshot.FindIdentity("id1"), nullptr);
  EXPECT_NE(snapshot.FindIdentity(IdentityId("id1", "rg2").text()), nullptr);
}

}  // namespace
}  // namespace openimds
