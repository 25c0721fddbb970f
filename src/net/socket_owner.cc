// SPDX-License-Identifier: Apache-2.0
#include "net/socket_owner.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstring>

#include "base/descriptor.h"

namespace openimds {
namespace {

struct DiagQuestion {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

struct Ends {
  sockaddr_storage ours{};
  sockaddr_storage theirs{};
};

std::optional<Ends> EndsOf(int fd) {
  Ends ends;
  socklen_t size = sizeof ends.ours;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&ends.ours), &size) != 0) return std::nullopt;
  size = sizeof ends.theirs;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&ends.theirs), &size) != 0) return std::nullopt;
  return ends;
}

void Put(const sockaddr_storage& end, __be16* port, __be32 address[4]) {
  if (end.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(end);
    *port = v4.sin_port;
    std::memcpy(address, &v4.sin_addr, sizeof v4.sin_addr);
  } else {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(end);
    *port = v6.sin6_port;
    std::memcpy(address, &v6.sin6_addr, sizeof v6.sin6_addr);
  }
}

// From the other end's point of view: its source is the address that we call our peer's.
DiagQuestion MakeQuestion(const Ends& ends) {
  DiagQuestion question{};
  question.header.nlmsg_len = sizeof question;
  question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.header.nlmsg_flags = NLM_F_REQUEST;
  question.body.sdiag_family = static_cast<__u8>(ends.theirs.ss_family);
  question.body.sdiag_protocol = IPPROTO_TCP;
  question.body.idiag_states = ~0U;
  inet_diag_sockid& id = question.body.id;
  Put(ends.theirs, &id.idiag_sport, id.idiag_src);
  Put(ends.ours, &id.idiag_dport, id.idiag_dst);
  id.idiag_cookie[0] = id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return question;
}

std::optional<SocketOwner> ReadAnswer(int netlink) {
  alignas(nlmsghdr) char buffer[8192];
  const ssize_t size = recv(netlink, buffer, sizeof buffer, MSG_DONTWAIT);
  if (size < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(inet_diag_msg)))) return std::nullopt;
  const auto* header = reinterpret_cast<const nlmsghdr*>(buffer);
  if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY) return std::nullopt;  // an error: no such socket
  const auto* socket = static_cast<const inet_diag_msg*>(NLMSG_DATA(header));
  if (socket->idiag_state != TCP_ESTABLISHED || socket->idiag_inode == 0) return std::nullopt;
  return SocketOwner{socket->idiag_uid, socket->idiag_inode};
}

std::optional<SocketOwner> Ask(const Ends& ends) {
  const Descriptor netlink(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  const DiagQuestion question = MakeQuestion(ends);
  // The kernel answers before send() returns.
  if (send(netlink.get(), &question, sizeof question, 0) < 0) return std::nullopt;
  return ReadAnswer(netlink.get());
}

sockaddr_storage EndOf(const IpAddress& address, std::uint16_t port) {
  sockaddr_storage end{};
  if (address.is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(end);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, address.bytes.data() + 12, sizeof v4.sin_addr);
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(end);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, address.bytes.data(), sizeof v6.sin6_addr);
  }
  return end;
}

}  // namespace

std::optional<uid_t> FindUserOfOtherEnd(int accepted_fd) {
  const auto ends = EndsOf(accepted_fd);
  const bool ip = ends && (ends->ours.ss_family == AF_INET || ends->ours.ss_family == AF_INET6);
  if (!ip) return std::nullopt;
  const auto owner = Ask(*ends);
  return owner ? std::optional(owner->uid) : std::nullopt;
}

std::optional<SocketOwner> FindOwnerOfOtherEnd(const IpAddress& address, std::uint16_t port,
                                               std::uint16_t our_port) {
  const IpAddress ours = *IpAddress::Parse(address.is_v4() ? "127.0.0.1" : "::1");
  return Ask({EndOf(ours, our_port), EndOf(address, port)});
}

}  // namespace openimds
