// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include "base/result.h"
#include "net/address.h"
#include "net/peer.h"

namespace openimds {

// A file descriptor that closes itself.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { Close(); }

  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }
  void Close();

 private:
  int fd_ = -1;
};

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

// What the kernel says about the other end of an accepted socket.
Peer ReadPeer(int fd);

}  // namespace openimds
