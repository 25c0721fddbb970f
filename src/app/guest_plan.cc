// SPDX-License-Identifier: Apache-2.0
#include "app/guest_plan.h"

#include "attribution/attached_machine.h"

namespace openimds {
namespace {

constexpr unsigned kLoopbackIndex = 1;  // of every network namespace

class Planner {
 public:
  explicit Planner(const HostView& host) : host_(host) {}

  void Add(const Attachment& attachment) {
    switch (attachment.way) {
      case AttachmentWay::kInterface:
        return AddInterface(attachment);
      case AttachmentWay::kBridgePort:
        return AddBridgePort(attachment);
      case AttachmentWay::kNetns:
        return AddNamespace(attachment);
      case AttachmentWay::kSourceIp:
        return AddShared(attachment, kSourceIpDoor);
      case AttachmentWay::kUnixPeer:
        return Put(attachment, attachment.claim(), Own(attachment));
      case AttachmentWay::kVsock:
        return AddShared(attachment, kVsockDoor);
    }
  }
  GuestPlan Take() { return std::move(plan_); }

 private:
  static GuestDoor Own(const Attachment& attachment) {
    GuestDoor door;
    door.way = attachment.way;
    door.place = attachment.place;
    door.attachment = attachment.id;
    door.neighbours_only = !attachment.allow_forwarded;
    door.uid = attachment.uid;
    door.gid = attachment.gid;
    return door;
  }
  void Put(const Attachment& attachment, const std::string& claim, GuestDoor door) {
    plan_.door_of.emplace(attachment.claim(), claim);
    plan_.doors.emplace(claim, std::move(door));
  }
  void Wait(const Attachment& attachment, std::string why) {
    plan_.waiting.emplace(attachment.claim(), std::move(why));
  }

  void AddInterface(const Attachment& attachment) {
    const auto device = host_.devices.find(attachment.place);
    if (device == host_.devices.end()) {
      return Wait(attachment, "there is no device '" + attachment.place + "' yet");
    }
    if (device->second.bridge != 0) {
      return Wait(attachment, "'" + attachment.place +
                                  "' is a port of a bridge, which takes its packets; attach it as "
                                  "a bridge port");
    }
    GuestDoor door = Own(attachment);
    door.device = device->second.index;
    Put(attachment, attachment.claim(), std::move(door));
  }

  void AddBridgePort(const Attachment& attachment) {
    const auto device = host_.devices.find(attachment.place);
    if (device == host_.devices.end()) {
      return Wait(attachment, "there is no device '" + attachment.place + "' yet");
    }
    const unsigned bridge = device->second.bridge;
    for (const auto& [name, one] : host_.devices) {
      if (bridge == 0 || one.index != bridge) continue;
      GuestDoor door;
      door.way = AttachmentWay::kBridgePort;
      door.device = bridge;
      door.neighbours_only = false;  // each port has its own rule: attribution/bridge_rules.h
      plan_.bridge_of.emplace(attachment.claim(), bridge);
      return Put(attachment, std::string(kBridgeDoor) + name, std::move(door));
    }
    Wait(attachment, "'" + attachment.place + "' is no port of a bridge yet");
  }

  void AddNamespace(const Attachment& attachment) {
    const auto found = host_.namespaces.find(attachment.place);
    if (found == host_.namespaces.end()) {
      return Wait(attachment, "there is no namespace '" + attachment.place + "' yet");
    }
    GuestDoor door = Own(attachment);
    door.netns = found->second;
    // Its own processes reach its own address over loopback. Whoever comes by another device is a
    // neighbour that has made this namespace its router.
    if (door.neighbours_only) door.device = kLoopbackIndex;
    Put(attachment, attachment.claim(), std::move(door));
  }

  void AddShared(const Attachment& attachment, std::string_view claim) {
    GuestDoor door;
    door.way = attachment.way;
    door.neighbours_only = false;  // guests of a routed network are hops away by nature
    Put(attachment, std::string(claim), std::move(door));
  }

  const HostView& host_;
  GuestPlan plan_;
};

}  // namespace

GuestPlan PlanGuestDoors(const Snapshot& snapshot, const HostView& host) {
  Planner planner(host);
  for (const auto& [claim, attachment] : snapshot.attachments) planner.Add(*attachment);
  return planner.Take();
}

}  // namespace openimds
