// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "net/peer.h"

namespace openimds {

// Which user's process holds the other end of an accepted TCP connection that stays on this host,
// as the kernel says (NETLINK_SOCK_DIAG, one exact look-up of 10 to 30 µs; no privilege needed).
// The user as this process's user namespace sees it.
//
// Nothing if the kernel knows no such socket, or no longer well: in TIME_WAIT it calls every owner
// root, so only an established connection counts. Ask right after accept(). Every thread may call.
std::optional<uid_t> FindUserOfOtherEnd(int accepted_fd);

// The same for whoever holds `address` and `port` of a connection to `our_port` of this host's
// 127.0.0.1 or [::1], and also which socket it is: `socket:[<inode>]` among its descriptors.
struct SocketOwner {
  uid_t uid = 0;
  std::uint64_t inode = 0;
};
std::optional<SocketOwner> FindOwnerOfOtherEnd(const IpAddress& address, std::uint16_t port,
                                               std::uint16_t our_port);

}  // namespace openimds
