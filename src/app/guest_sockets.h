// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/guest_plan.h"
#include "base/descriptor.h"
#include "base/result.h"
#include "net/address.h"
#include "net/inherited_sockets.h"

// All that the doors of guests need of the kernel and may need privileges for, in one place:
//   interface, bridge_port, source_ip   CAP_NET_BIND_SERVICE for ports below 1024
//   netns                               CAP_SYS_ADMIN, and CAP_NET_ADMIN there
//   unix_peer                           CAP_CHOWN where the socket is for another user
//   bridge_port                         CAP_NET_ADMIN, for nftables and one sysctl
//   flushed rules      CAP_NET_ADMIN, to hear of them
// They are in effect only in here, and where listeners of the configuration are opened: see
// privileges.h. Nothing is done twice for one door.
namespace openimds {

struct OpenedDoor {
  std::vector<Descriptor> sockets;  // listening
  std::uint64_t netns_cookie = 0;
};

// `count` sockets for each of `addresses`; one for a UNIX socket or vsock. Blocks for a moment.
// Inherited ones that are there already are taken instead. Fails as OpenListeningSockets() does.
Result<OpenedDoor> OpenGuestDoor(const GuestDoor& door, const std::vector<ListenAddress>& addresses,
                                 std::size_t count, InheritedSockets* inherited);

// Whether our rules of bridge ports are still there; true where the kernel does not say.
bool HasBridgeRules();

HostLinks ReadHostLinks(const Snapshot& snapshot, NetworkDevices devices);

// Lets nftables run `script`, by way of a file at `path`. Fails with kListenFailed.
Result<void> ApplyBridgeRules(const std::string& script, const std::string& path);

// Accepted sockets get their caller's mark: net.ipv4.tcp_fwmark_accept. Fails with kListenFailed.
Result<void> AcceptMarks();

}  // namespace openimds
