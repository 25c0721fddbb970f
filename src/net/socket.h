// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "net/address.h"
#include "net/peer.h"

namespace openimds {

class InheritedSockets;

// Opened and listening sockets for one address, one for each thread that will accept.
struct ListeningSockets {
  ListenAddress address;            // with the port that the kernel gave
  std::vector<Descriptor> sockets;  // non-blocking, close-on-exec
};

// How a TCP listener is fenced off. All of it is inherited by accepted sockets.
struct SocketFence {
  unsigned device = 0;           // only packets that arrive by this device; 0: by any
  bool neighbours_only = false;  // replies die at the first hop; what came over one is not taken
};

// TCP: `count` sockets with SO_REUSEPORT, between which the kernel spreads connections. An address
// on which any other process listens already is refused with kAddressInUse: SO_REUSEPORT alone
// would quietly share it. UNIX: one socket, whatever `count` is, its file 0600; a stale file is
// replaced, one that somebody still listens on is kAddressInUse. vsock: one socket.
// Other failures: kListenFailed. May block for a moment.
//
// Sockets that were inherited and listen there already are taken instead, all of them: there may
// be more than `count`.
Result<ListeningSockets> OpenListeningSockets(const ListenAddress& address, std::size_t count,
                                              const SocketFence& fence = {},
                                              InheritedSockets* inherited = nullptr);

// One connection that waits at a listening socket, non-blocking and close-on-exec, with what the
// kernel says about its other end: of the link as well where the listener has a `place`. Not open
// if none could be taken; `errno` says why.
struct Accepted {
  Descriptor socket;
  Peer peer;
};
Accepted AcceptConnection(int listening_fd,
                          const std::shared_ptr<const ListeningPlace>& place = nullptr);

}  // namespace openimds
