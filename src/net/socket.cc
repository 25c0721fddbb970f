// SPDX-License-Identifier: Apache-2.0
#include "net/socket.h"

#include <errno.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/reasons.h"
#include "net/link_facts.h"
#include "net/socket_owner.h"

namespace openimds {
namespace {

constexpr int kBacklog = 4096;
// What a guest's own packets have at least: no system in use begins below 64, and each hop takes 1.
constexpr int kLeastHopsLeft = 64;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

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

IpAddress FromV4(const void* four_bytes) {
  IpAddress ip;
  ip.bytes[10] = ip.bytes[11] = 0xff;
  std::memcpy(ip.bytes.data() + 12, four_bytes, 4);
  return ip;
}

tl::unexpected<Error> ListenFailure(const ListenAddress& address, int error) {
  const bool in_use = error == EADDRINUSE;
  return Fail(in_use ? ErrorKind::kConflict : ErrorKind::kUnavailable,
              in_use ? reasons::kAddressInUse : reasons::kListenFailed,
              "cannot listen on " + address.ToString() + ": " + std::strerror(error));
}

bool SetOption(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

// What cannot be fenced is not opened: a guest would be taken for another.
bool Fence(int fd, bool v4, const SocketFence& fence) {
  if (fence.device != 0 &&
      !SetOption(fd, SOL_SOCKET, SO_BINDTOIFINDEX, static_cast<int>(fence.device))) {
    return false;
  }
  if (!fence.neighbours_only) return true;
  return v4 ? SetOption(fd, IPPROTO_IP, IP_TTL, 1) &&
                  SetOption(fd, IPPROTO_IP, IP_MINTTL, kLeastHopsLeft)
            : SetOption(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 1) &&
                  SetOption(fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT, kLeastHopsLeft);
}

bool Prepare(int fd, const ListenAddress& address, bool share_port, const SocketFence& fence) {
  // Accepted sockets inherit it.
  SetOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  SetOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (share_port) SetOption(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  if (!address.ip.is_v4()) SetOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (address.ip.is_v4()) SetOption(fd, IPPROTO_IP, IP_PKTINFO, 1);  // see link_facts.h
  return Fence(fd, address.ip.is_v4(), fence);
}

Result<Descriptor> Bind(const ListenAddress& address, bool share_port, const SocketFence& fence) {
  SocketAddress where = ToSocketAddress(address);
  Descriptor socket(
      ::socket(where.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return ListenFailure(address, errno);
  if (address.family == ListenAddress::Family::kTcp &&
      !Prepare(socket.get(), address, share_port, fence)) {
    return ListenFailure(address, errno);
  }
  if (bind(socket.get(), where.get(), where.size) != 0) return ListenFailure(address, errno);
  return socket;
}

std::uint16_t BoundPort(int fd) {
  SocketAddress bound;
  bound.size = sizeof bound.storage;
  getsockname(fd, bound.get(), &bound.size);
  return bound.storage.ss_family == AF_INET
             ? ntohs(reinterpret_cast<sockaddr_in&>(bound.storage).sin_port)
             : ntohs(reinterpret_cast<sockaddr_in6&>(bound.storage).sin6_port);
}

Result<ListeningSockets> OpenTcp(ListenAddress address, std::size_t count,
                                 const SocketFence& fence) {
  {
    // Without SO_REUSEPORT the kernel tells whether somebody else listens here already.
    TRY(const Descriptor probe, Bind(address, false, fence));
    if (listen(probe.get(), 1) != 0) return ListenFailure(address, errno);
  }
  ListeningSockets result;
  for (std::size_t i = 0; i < count; ++i) {
    TRY(Descriptor socket, Bind(address, true, fence));
    address.port = BoundPort(socket.get());
    if (listen(socket.get(), kBacklog) != 0) return ListenFailure(address, errno);
    result.sockets.push_back(std::move(socket));
  }
  result.address = address;
  return result;
}

bool SomebodyListens(const ListenAddress& address) {
  SocketAddress where = ToSocketAddress(address);
  const Descriptor client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return connect(client.get(), where.get(), where.size) == 0;
}

Result<ListeningSockets> OpenVsock(const ListenAddress& address) {
  TRY(Descriptor socket, Bind(address, false, {}));
  if (listen(socket.get(), kBacklog) != 0) return ListenFailure(address, errno);
  ListeningSockets result;
  result.address = address;
  result.sockets.push_back(std::move(socket));
  return result;
}

Result<ListeningSockets> OpenUnix(const ListenAddress& address) {
  struct stat file {};
  if (lstat(address.path.c_str(), &file) == 0) {
    if (!S_ISSOCK(file.st_mode) || SomebodyListens(address))
      return ListenFailure(address, EADDRINUSE);
    unlink(address.path.c_str());
  }
  // The file must never be open to others, not even between bind and chmod.
  const mode_t mask = umask(0177);
  auto socket = Bind(address, false, {});
  umask(mask);
  if (!socket) return tl::unexpected<Error>(std::move(socket.error()));
  if (listen(socket->get(), kBacklog) != 0) return ListenFailure(address, errno);
  ListeningSockets result;
  result.address = address;
  result.sockets.push_back(*std::move(socket));
  return result;
}

Peer ToPeer(int fd, SocketAddress& remote) {
  Peer peer;
  if (remote.storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<sockaddr_in&>(remote.storage);
    peer.address = FromV4(&v4.sin_addr);
    peer.port = ntohs(v4.sin_port);
  } else if (remote.storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<sockaddr_in6&>(remote.storage);
    peer.address.emplace();
    std::memcpy(peer.address->bytes.data(), &v6.sin6_addr, 16);
    peer.port = ntohs(v6.sin6_port);
  } else if (remote.storage.ss_family == AF_UNIX) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
      peer.unix_peer = UnixPeer{credentials.uid, credentials.gid, credentials.pid};
    }
  } else if (remote.storage.ss_family == AF_VSOCK) {
    peer.cid = reinterpret_cast<const sockaddr_vm&>(remote.storage).svm_cid;
  }
  return peer;
}

}  // namespace

Result<ListeningSockets> OpenListeningSockets(const ListenAddress& address, std::size_t count,
                                              const SocketFence& fence) {
  switch (address.family) {
    case ListenAddress::Family::kTcp:
      return OpenTcp(address, count, fence);
    case ListenAddress::Family::kUnix:
      return OpenUnix(address);
    case ListenAddress::Family::kVsock:
      break;
  }
  return OpenVsock(address);
}

Accepted AcceptConnection(int listening_fd, const std::shared_ptr<const ListeningPlace>& place) {
  SocketAddress remote;
  remote.size = sizeof remote.storage;
  Accepted accepted;
  accepted.socket =
      Descriptor(accept4(listening_fd, remote.get(), &remote.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!accepted.socket.is_open()) return accepted;
  accepted.peer = ToPeer(accepted.socket.get(), remote);
  if (!place) return accepted;
  accepted.peer.place = place;
  accepted.peer.link = ReadLinkFacts(accepted.socket.get());
  if (place->finds_local_user) {
    accepted.peer.local_user = FindUserOfOtherEnd(accepted.socket.get());
  }
  return accepted;
}

}  // namespace openimds
