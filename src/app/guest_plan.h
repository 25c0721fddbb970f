// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/guid.h"
#include "model/attachment.h"
#include "net/devices.h"
#include "registry/snapshot.h"

namespace openimds {

// What of the host matters to the doors of guests, at one moment.
struct HostLinks {
  NetworkDevices devices;
  std::map<std::string, std::uint64_t, std::less<>> namespaces;  // by path, those that are there
};

// One door as it has to be: if anything of it changes, it is another door.
struct GuestDoor {
  AttachmentWay way = AttachmentWay::kInterface;
  std::string place;            // a path, for kNetns and kUnixPeer
  Guid attachment;              // all zero: several machines share it
  unsigned device = 0;          // the index of the only device that it hears; 0: it hears all
  std::uint64_t netns = 0;      // for kNetns: which one the path leads to
  bool neighbours_only = true;  // where the listener itself sees to it
  std::optional<std::uint32_t> uid, gid;

  friend bool operator==(const GuestDoor&, const GuestDoor&) = default;
};

struct GuestPlan {
  std::map<std::string, GuestDoor> doors;           // by the claim of their ListeningPlace
  std::multimap<std::string, std::string> door_of;  // attached claim -> the claims of its doors
  std::map<std::string, std::string> waiting;       // attached claim -> what it waits for
  std::map<std::string, unsigned> bridge_of;        // attached bridge port's claim -> its bridge
};

// Which doors the attachments need on such a host. Pure.
GuestPlan PlanGuestDoors(const Snapshot& snapshot, const HostLinks& host);

}  // namespace openimds
