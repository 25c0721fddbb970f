// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "base/reasons.h"
#include "registry/attachment_records.h"
#include "registry/registry_fixture.h"
#include "store/memory_store.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

class AttachmentsTest : public testing::Test {
 protected:
  void SetUp() override {
    registry_ = *Registry::Open(store_, {});
    ASSERT_THAT(registry_->SeedIfEmpty(TestSeed()), IsOk());
    ASSERT_THAT(registry_->CreateMachine(MachineId("vm2"), "local", false), IsOk());
  }
  Result<Attachment> Attach(const std::string& machine, AttachmentWay way,
                            const std::string& place) {
    return registry_->Attach({{}, MachineId(machine), {}, way, place, false, {}, {}});
  }

  MemoryStore store_;
  std::unique_ptr<Registry> registry_;
};

TEST_F(AttachmentsTest, AreThereAfterReadingTheStoreAgain) {
  const auto made = registry_->Attach(
      {{}, MachineId("VM1"), {}, AttachmentWay::kUnixPeer, "/run/s", true, 64, 36});
  ASSERT_THAT(made, IsOk());
  const auto again = *Registry::Open(store_, {});
  const auto& kept = again->Read()->attachments.at("unix:/run/s");
  EXPECT_EQ(kept->id, made->id);
  EXPECT_EQ(kept->machine, MachineId("vm1"));
  EXPECT_EQ(kept->vm_id, again->Read()->FindMachine("vm1")->machine->vm_id);
  EXPECT_TRUE(kept->allow_forwarded);
  EXPECT_EQ(kept->uid, 64U);
  EXPECT_EQ(kept->gid, 36U);
}

TEST_F(AttachmentsTest, NoPlaceIsTwoMachines) {
  ASSERT_THAT(Attach("vm1", AttachmentWay::kInterface, "vnet3"), IsOk());
  EXPECT_THAT(Attach("vm2", AttachmentWay::kInterface, "vnet3"), FailsWith(reasons::kExists));
  EXPECT_THAT(Attach("vm2", AttachmentWay::kBridgePort, "vnet3"), FailsWith(reasons::kExists));
  EXPECT_EQ(registry_->Read()->attachments.size(), 1U);
}

TEST_F(AttachmentsTest, TheSameAgainIsTheSameAndSaidOtherwiseIsAnother) {
  const auto first = Attach("vm1", AttachmentWay::kInterface, "vnet3");
  EXPECT_EQ(Attach("vm1", AttachmentWay::kInterface, "vnet3")->id, first->id);
  EXPECT_NE(Attach("vm1", AttachmentWay::kBridgePort, "vnet3")->id, first->id);
  EXPECT_EQ(registry_->Read()->attachments.at("device:vnet3")->way, AttachmentWay::kBridgePort);
}

TEST_F(AttachmentsTest, OnlyItsOwnMachineGivesAPlaceUp) {
  ASSERT_THAT(Attach("vm1", AttachmentWay::kSourceIp, "10.0.0.4"), IsOk());
  EXPECT_THAT(registry_->Detach(MachineId("vm2"), "ip:10.0.0.4"), FailsWith(reasons::kNotFound));
  EXPECT_THAT(registry_->Detach(MachineId("vm1"), "ip:10.0.0.4"), IsOk());
  EXPECT_THAT(registry_->Detach(MachineId("vm1"), "ip:10.0.0.4"), FailsWith(reasons::kNotFound));
  EXPECT_THAT(Attach("vm2", AttachmentWay::kSourceIp, "10.0.0.4"), IsOk());
}

TEST_F(AttachmentsTest, GoWithTheirMachineInOneBatch) {
  ASSERT_THAT(Attach("vm2", AttachmentWay::kSourceIp, "10.0.0.4"), IsOk());
  ASSERT_THAT(Attach("vm2", AttachmentWay::kVsock, "5"), IsOk());
  ASSERT_THAT(Attach("vm1", AttachmentWay::kVsock, "6"), IsOk());
  ASSERT_THAT(registry_->DeleteMachine(MachineId("vm2")), IsOk());
  EXPECT_EQ(registry_->Read()->attachments.size(), 1U);
  ASSERT_THAT(registry_->CreateMachine(MachineId("vm2"), "local", false), IsOk());
  const auto again = Registry::Open(store_, {});
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ((*again)->Read()->attachments.size(), 1U);
}

TEST_F(AttachmentsTest, WhatIsNoPlaceOrNoMachineIsRefused) {
  EXPECT_THAT(Attach("vm1", AttachmentWay::kInterface, "lo"), FailsWith(reasons::kArgumentInvalid));
  EXPECT_THAT(Attach("vm9", AttachmentWay::kInterface, "vnet3"), FailsWith(reasons::kNotFound));
}

TEST_F(AttachmentsTest, ARecordOfAMachineThatIsNotThereStopsTheReading) {
  const Attachment orphan{NumberedGuid(1),
                          MachineId("vm1"),
                          NumberedGuid(2),
                          AttachmentWay::kVsock,
                          "5",
                          false,
                          {},
                          {}};
  ASSERT_THAT(store_.Apply({RenderAttachment(orphan)}), IsOk());
  EXPECT_THAT(Registry::Open(store_, {}), FailsWith(reasons::kStoreFailed));
}

TEST_F(AttachmentsTest, ADamagedRecordIsNamed) {
  Change change = RenderAttachment({NumberedGuid(1),
                                    MachineId("vm1"),
                                    NumberedGuid(2),
                                    AttachmentWay::kVsock,
                                    "5",
                                    false,
                                    {},
                                    {}});
  change.key = "cid:6";
  ASSERT_THAT(store_.Apply({change}), IsOk());
  const auto again = Registry::Open(store_, {});
  ASSERT_THAT(again, FailsWith(reasons::kStoreFailed));
  EXPECT_THAT(again.error().message, testing::HasSubstr("cid:6"));
}

}  // namespace
}  // namespace openimds
