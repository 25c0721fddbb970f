// SPDX-License-Identifier: Apache-2.0
#include "app/guest_plan.h"

#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "attribution/attached_machine.h"

namespace openimds {
namespace {

constexpr unsigned kLoopbackIndex = 1;  // of every network namespace

class Planner {
 public:
  explicit Planner(const HostLinks& host) : host_(host) {
    std::map<unsigned, std::string_view> names;
    for (const auto& [name, device] : host.devices) names.emplace(device.index, name);
    for (const auto& [name, device] : host.devices) {
      const auto bridge = names.find(device.bridge);
      if (bridge != names.end()) bridges_.insert(*bridge);
    }
  }

  void Add(const Attachment& attachment) {
    switch (attachment.way) {
      case AttachmentWay::kInterface:
        return AddInterface(attachment);
      case AttachmentWay::kBridgePort:
        return AddBridgePort(attachment);
      case AttachmentWay::kNetns:
        return AddNamespace(attachment);
      case AttachmentWay::kSourceIp:
        addresses_.push_back(&attachment);
        return;
      case AttachmentWay::kUnixPeer:
        return Put(attachment, attachment.claim(), Own(attachment));
      case AttachmentWay::kVsock:
        return AddVsock(attachment);
    }
  }
  GuestPlan Take() {
    if (!addresses_.empty()) AddAddresses();
    return std::move(plan_);
  }

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
    if (bridges_.contains(device->second.index)) {
      return Wait(attachment, "'" + attachment.place +
                                  "' is a bridge, with several behind it; attach their ports");
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
    const auto bridge = bridges_.find(device->second.bridge);
    if (bridge == bridges_.end()) {
      return Wait(attachment, "'" + attachment.place + "' is no port of a bridge yet");
    }
    GuestDoor door;
    door.way = AttachmentWay::kBridgePort;
    door.device = bridge->first;
    door.neighbours_only = false;  // each port has its own rule: attribution/bridge_rules.h
    plan_.bridge_of.emplace(attachment.claim(), bridge->first);
    Put(attachment, std::string(kBridgeDoor).append(bridge->second), std::move(door));
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

  void AddVsock(const Attachment& attachment) {
    GuestDoor door;
    door.way = AttachmentWay::kVsock;
    door.neighbours_only = false;
    Put(attachment, std::string(kVsockDoor), std::move(door));
  }

  // One door for each device that is nobody's own. A single one that hears all devices would be
  // found before the others, where ports are shared (SO_REUSEPORT): guests behind an attached
  // device would be judged by their address.
  void AddAddresses() {
    std::set<unsigned> taken;
    for (const auto& [claim, door] : plan_.doors) taken.insert(door.device);
    taken.insert(kLoopbackIndex);
    bool any = false;
    for (const auto& [name, device] : host_.devices) {
      if (device.bridge != 0 || taken.contains(device.index)) continue;
      any = true;
      GuestDoor door;
      door.way = AttachmentWay::kSourceIp;
      door.device = device.index;
      door.neighbours_only = false;  // guests of a routed network are hops away by nature
      const std::string claim = std::string(kSourceIpDoor) + name;
      for (const Attachment* attachment : addresses_) Put(*attachment, claim, door);
    }
    for (const Attachment* attachment : addresses_) {
      if (!any) Wait(*attachment, "there is no device yet that its packets could come by");
    }
  }

  const HostLinks& host_;
  std::map<unsigned, std::string_view> bridges_;  // those that have ports: index, name
  std::vector<const Attachment*> addresses_;
  GuestPlan plan_;
};

}  // namespace

GuestPlan PlanGuestDoors(const Snapshot& snapshot, const HostLinks& host) {
  Planner planner(host);
  for (const auto& [claim, attachment] : snapshot.attachments) planner.Add(*attachment);
  return planner.Take();
}

}  // namespace openimds
