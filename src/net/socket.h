// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "net/address.h"
#include "net/peer.h"

namespace openimds {

// Opened and listening sockets for one address, one for each thread that will accept.
struct ListeningSockets {
  ListenAddress address;            // with the port that the kernel gave
  std::vector<Descriptor> sockets;  // non-blocking, close-on-exec
};

// TCP: `count` sockets with SO_REUSEPORT, between which the kernel spreads connections. An address
// on which any other process listens already is refused with kAddressInUse: SO_REUSEPORT alone
// would quietly share it. UNIX: one socket, whatever `count` is, its file 0600; a stale file is
// replaced, one that somebody still listens on is kAddressInUse.
// Other failures: kListenFailed. May block for a moment.
Result<ListeningSockets> OpenListeningSockets(const ListenAddress& address, std::size_t count);

// One connection that waits at a listening socket, non-blocking and close-on-exec, with what the
// kernel says about its other end. Not open if none could be taken; `errno` says why.
struct Accepted {
  Descriptor socket;
  Peer peer;
};
Accepted AcceptConnection(int listening_fd);

}  // namespace openimds
