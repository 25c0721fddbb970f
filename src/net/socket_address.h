// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>

#include "net/address.h"

namespace openimds {

// A listening address as the kernel takes it and gives it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

SocketAddress ToSocketAddress(const ListenAddress& address);

// Whether the socket is bound to this very TCP or vsock address and port.
bool IsBoundTo(int fd, const ListenAddress& address);

// The port that a TCP socket is bound to.
std::uint16_t BoundPort(int fd);

// `four_bytes` as an in_addr has them.
IpAddress IpFromV4(const void* four_bytes);

}  // namespace openimds
