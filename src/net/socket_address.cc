// SPDX-License-Identifier: Apache-2.0
#include "net/socket_address.h"

#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>

namespace openimds {

SocketAddress ToSocketAddress(const ListenAddress& address) {
  SocketAddress result;
  if (address.family == ListenAddress::Family::kUnix) {
    auto& local = reinterpret_cast<sockaddr_un&>(result.storage);
    local.sun_family = AF_UNIX;
    std::copy(address.path.begin(), address.path.end(), local.sun_path);
    result.size = sizeof local;
  } else if (address.family == ListenAddress::Family::kVsock) {
    auto& vsock = reinterpret_cast<sockaddr_vm&>(result.storage);
    vsock.svm_family = AF_VSOCK;
    vsock.svm_cid = VMADDR_CID_ANY;
    vsock.svm_port = address.port;
    result.size = sizeof vsock;
  } else if (address.ip.is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(result.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    std::memcpy(&v4.sin_addr, address.ip.bytes.data() + 12, 4);
    result.size = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(result.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    std::memcpy(&v6.sin6_addr, address.ip.bytes.data(), 16);
    result.size = sizeof v6;
  }
  return result;
}

bool IsBoundTo(int fd, const ListenAddress& address) {
  SocketAddress wanted = ToSocketAddress(address);
  SocketAddress bound;
  bound.size = sizeof bound.storage;
  if (getsockname(fd, bound.get(), &bound.size) != 0 || bound.size < wanted.size) return false;
  // What neither address says is zero in both.
  return std::memcmp(&wanted.storage, &bound.storage, wanted.size) == 0;
}

std::uint16_t BoundPort(int fd) {
  SocketAddress bound;
  bound.size = sizeof bound.storage;
  getsockname(fd, bound.get(), &bound.size);
  return bound.storage.ss_family == AF_INET
             ? ntohs(reinterpret_cast<sockaddr_in&>(bound.storage).sin_port)
             : ntohs(reinterpret_cast<sockaddr_in6&>(bound.storage).sin6_port);
}

IpAddress IpFromV4(const void* four_bytes) {
  IpAddress ip;
  ip.bytes[10] = ip.bytes[11] = 0xff;
  std::memcpy(ip.bytes.data() + 12, four_bytes, 4);
  return ip;
}

}  // namespace openimds
