// SPDX-License-Identifier: Apache-2.0
#include "net/socket.h"

#include <errno.h>
#include <fcntl.h>
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
#include "net/inherited_sockets.h"
#include "net/link_facts.h"
#include "net/socket_address.h"
#include "net/socket_owner.h"

namespace openimds {
namespace {

constexpr int kBacklog = 4096;
constexpr int kPeerPidfd = 77;  // SO_PEERPIDFD, newer than the headers
// What a guest's own packets have at least: no system in use begins below 64, and each hop takes 1.
constexpr int kLeastHopsLeft = 64;

tl::unexpected<Error> ListenFailure(const ListenAddress& address, int error) {
  const bool in_use = error == EADDRINUSE;
  return Fail(in_use ? ErrorKind::kConflict : ErrorKind::kUnavailable,
              in_use ? reasons::kAddressInUse : reasons::kListenFailed,
              "cannot listen on " + address.ToString() + ": " + std::strerror(error));
}

bool SetOption(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

// The hops of answers, and those that are left of what comes; -1 and 0 are the system's own rules.
bool SetHops(int fd, bool v4, int of_answers, int least_left) {
  return v4 ? SetOption(fd, IPPROTO_IP, IP_TTL, of_answers) &&
                  SetOption(fd, IPPROTO_IP, IP_MINTTL, least_left)
            : SetOption(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, of_answers) &&
                  SetOption(fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT, least_left);
}

// What cannot be fenced is not opened: a guest would be taken for another.
bool Fence(int fd, bool v4, const SocketFence& fence) {
  if (fence.device != 0 &&
      !SetOption(fd, SOL_SOCKET, SO_BINDTOIFINDEX, static_cast<int>(fence.device))) {
    return false;
  }
  return !fence.neighbours_only || SetHops(fd, v4, 1, kLeastHopsLeft);
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

std::shared_ptr<const PeerProcess> ProcessOf(int fd) {
  int pidfd = -1;
  socklen_t size = sizeof pidfd;
  if (getsockopt(fd, SOL_SOCKET, kPeerPidfd, &pidfd, &size) != 0) return nullptr;
  return std::make_shared<const PeerProcess>(Descriptor(pidfd));
}

Peer ToPeer(int fd, SocketAddress& remote) {
  Peer peer;
  if (remote.storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<sockaddr_in&>(remote.storage);
    peer.address = IpFromV4(&v4.sin_addr);
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
      peer.unix_peer = UnixPeer{credentials.uid, credentials.gid, credentials.pid, ProcessOf(fd)};
    }
  } else if (remote.storage.ss_family == AF_VSOCK) {
    peer.cid = reinterpret_cast<const sockaddr_vm&>(remote.storage).svm_cid;
  }
  return peer;
}

// Its options may be another's, its place is not.
bool TakeOver(int fd, const ListenAddress& address, const SocketFence& fence) {
  if (address.family != ListenAddress::Family::kTcp) return true;
  const bool v4 = address.ip.is_v4();
  SetOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  if (v4) SetOption(fd, IPPROTO_IP, IP_PKTINFO, 1);
  return fence.neighbours_only ? SetHops(fd, v4, 1, kLeastHopsLeft) : SetHops(fd, v4, -1, 0);
}

// All that were inherited are served, or whoever waits at them would be lost. Where they are fewer
// than the threads, threads share one.
Result<ListeningSockets> FromInherited(const ListenAddress& address, std::size_t count,
                                       const SocketFence& fence, std::vector<Descriptor> claimed) {
  for (const Descriptor& socket : claimed) {
    if (!TakeOver(socket.get(), address, fence)) return ListenFailure(address, errno);
  }
  const std::size_t given = claimed.size();
  const bool by_threads = address.family == ListenAddress::Family::kTcp;
  for (std::size_t i = given; by_threads && i < count; ++i) {
    claimed.emplace_back(fcntl(claimed[i % given].get(), F_DUPFD_CLOEXEC, 0));
    if (!claimed.back().is_open()) return ListenFailure(address, errno);
  }
  return ListeningSockets{address, std::move(claimed)};
}

}  // namespace

Result<ListeningSockets> OpenListeningSockets(const ListenAddress& address, std::size_t count,
                                              const SocketFence& fence,
                                              InheritedSockets* inherited) {
  if (inherited) {
    auto claimed = inherited->Claim(address, fence);
    if (!claimed.empty()) return FromInherited(address, count, fence, std::move(claimed));
  }
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
