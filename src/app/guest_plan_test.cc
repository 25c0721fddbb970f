// SPDX-License-Identifier: Apache-2.0
#include "app/guest_plan.h"

#include <gmock/gmock.h>

#include "testing/sample_entities.h"

namespace openimds {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using Way = AttachmentWay;

class GuestPlanTest : public testing::Test {
 protected:
  Guid Attach(Way way, const std::string& place, bool allow_forwarded = false) {
    const Machine machine = SampleMachine("vm1");
    const Attachment attachment{Guid::Random(), machine.id,      machine.vm_id, way,
                                place,          allow_forwarded, std::nullopt,  std::nullopt};
    snapshot_.attachments[attachment.claim()] = std::make_shared<const Attachment>(attachment);
    return attachment.id;
  }
  GuestPlan Plan() const { return PlanGuestDoors(snapshot_, host_); }

  Snapshot snapshot_;
  HostLinks host_;
};

TEST_F(GuestPlanTest, AnInterfaceWaitsForItsDevice) {
  Attach(Way::kInterface, "vnet3");
  EXPECT_THAT(Plan().doors, IsEmpty());
  EXPECT_THAT(Plan().waiting, ElementsAre(Pair("device:vnet3", HasSubstr("no device 'vnet3'"))));
}

TEST_F(GuestPlanTest, ADeviceMadeAgainIsAnotherDoor) {
  const Guid id = Attach(Way::kInterface, "vnet3");
  host_.devices["vnet3"] = {7, 0};
  const GuestDoor before = Plan().doors.at("device:vnet3");
  EXPECT_EQ(before.device, 7U);
  EXPECT_EQ(before.attachment, id);
  EXPECT_TRUE(before.neighbours_only);
  EXPECT_EQ(Plan().doors.at("device:vnet3"), before);
  host_.devices["vnet3"] = {8, 0};
  EXPECT_FALSE(Plan().doors.at("device:vnet3") == before);
}

TEST_F(GuestPlanTest, AnInterfaceThatIsABridgesPortSaysWhatToDo) {
  Attach(Way::kInterface, "vnet3");
  host_.devices["vnet3"] = {7, 2};
  host_.devices["br0"] = {2, 0};
  EXPECT_THAT(Plan().waiting,
              ElementsAre(Pair("device:vnet3", HasSubstr("attach it as a bridge port"))));
}

TEST_F(GuestPlanTest, ABridgeIsNoInterfaceOfOneGuest) {
  Attach(Way::kInterface, "br0");
  host_.devices["br0"] = {2, 0};
  EXPECT_TRUE(Plan().waiting.empty());
  host_.devices["vnet3"] = {7, 2};
  EXPECT_THAT(Plan().waiting, ElementsAre(Pair("device:br0", HasSubstr("attach their ports"))));
}

TEST_F(GuestPlanTest, PortsOfABridgeShareItsDoorAndOthersHaveTheirOwn) {
  Attach(Way::kBridgePort, "vnet1");
  Attach(Way::kBridgePort, "vnet2");
  Attach(Way::kBridgePort, "vnet3");
  Attach(Way::kBridgePort, "loose");
  host_.devices = {{"br0", {2, 0}},   {"br1", {3, 0}},   {"vnet1", {4, 2}},
                   {"vnet2", {5, 2}}, {"vnet3", {6, 3}}, {"loose", {7, 0}}};
  const GuestPlan plan = Plan();
  ASSERT_EQ(plan.doors.size(), 2U);
  EXPECT_EQ(plan.doors.at("bridge:br0").device, 2U);
  EXPECT_EQ(plan.doors.at("bridge:br0").attachment, Guid());
  EXPECT_EQ(plan.doors.at("bridge:br1").device, 3U);
  EXPECT_EQ(plan.bridge_of.at("device:vnet2"), 2U);
  EXPECT_THAT(plan.waiting, ElementsAre(Pair("device:loose", HasSubstr("no port of a bridge"))));
}

TEST_F(GuestPlanTest, ANamespaceMadeAgainIsAnotherDoor) {
  Attach(Way::kNetns, "/run/netns/web", true);
  EXPECT_EQ(Plan().waiting.size(), 1U);
  host_.namespaces["/run/netns/web"] = 40;
  const GuestDoor before = Plan().doors.at("netns:/run/netns/web");
  EXPECT_FALSE(before.neighbours_only);
  EXPECT_EQ(before.device, 0U);
  host_.namespaces["/run/netns/web"] = 41;
  EXPECT_FALSE(Plan().doors.at("netns:/run/netns/web") == before);
}

TEST_F(GuestPlanTest, OnlyANamespacesOwnProcessesReachItsDoor) {
  Attach(Way::kNetns, "/run/netns/web");
  host_.namespaces["/run/netns/web"] = 40;
  EXPECT_EQ(Plan().doors.at("netns:/run/netns/web").device, 1U);
}

TEST_F(GuestPlanTest, ContextIdsShareOneDoorAndEachSocketHasItsOwn) {
  Attach(Way::kVsock, "5");
  Attach(Way::kVsock, "6");
  Attach(Way::kUnixPeer, "/run/s");
  const GuestPlan plan = Plan();
  EXPECT_EQ(plan.doors.size(), 2U);
  EXPECT_EQ(plan.door_of.find("cid:5")->second, "vsock");
  EXPECT_EQ(plan.doors.at("unix:/run/s").place, "/run/s");
}

// A door that heard all devices would be found before those of attached ones.
TEST_F(GuestPlanTest, AddressesAreHeardByEachDeviceThatIsNobodysOwn) {
  Attach(Way::kSourceIp, "10.0.0.4");
  Attach(Way::kSourceIp, "10.0.0.5");
  Attach(Way::kInterface, "vnet1");
  Attach(Way::kBridgePort, "vnet2");
  host_.devices = {{"lo", {1, 0}},    {"eth0", {2, 0}},  {"eth1", {3, 0}}, {"br0", {4, 0}},
                   {"vnet1", {5, 0}}, {"vnet2", {6, 4}}, {"vnet3", {7, 4}}};
  const GuestPlan plan = Plan();
  std::vector<std::string> doors;
  for (const auto& [claim, door] : plan.doors) doors.push_back(claim);
  EXPECT_THAT(doors, ElementsAre("addresses:eth0", "addresses:eth1", "bridge:br0", "device:vnet1"));
  for (const auto& [claim, door] : plan.doors) EXPECT_NE(door.device, 0U) << claim;
  EXPECT_EQ(plan.door_of.count("ip:10.0.0.4"), 2U);
  host_.devices = {{"lo", {1, 0}}};
  EXPECT_EQ(Plan().waiting.count("ip:10.0.0.4"), 1U);
}

}  // namespace
}  // namespace openimds
