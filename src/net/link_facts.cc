// SPDX-License-Identifier: Apache-2.0
#include "net/link_facts.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

// Debian 12's headers of the C library have neither.
#ifndef IP_PKTOPTIONS
#define IP_PKTOPTIONS 9
#endif
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

namespace openimds {
namespace {

template <class T>
T ReadOption(int fd, int option) {
  T value{};
  socklen_t size = sizeof value;
  if (getsockopt(fd, SOL_SOCKET, option, &value, &size) != 0 || size != sizeof value) return T{};
  return value;
}

// IP_PKTOPTIONS fills a buffer with control messages, as recvmsg() would (lab notes, row B).
unsigned ArrivalOf(int fd) {
  alignas(cmsghdr) char buffer[256];
  socklen_t size = sizeof buffer;
  if (getsockopt(fd, IPPROTO_IP, IP_PKTOPTIONS, buffer, &size) != 0) return 0;
  msghdr message{};
  message.msg_control = buffer;
  message.msg_controllen = size;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != IPPROTO_IP || part->cmsg_type != IP_PKTINFO) continue;
    in_pktinfo arrival{};
    std::memcpy(&arrival, CMSG_DATA(part), sizeof arrival);
    return static_cast<unsigned>(arrival.ipi_ifindex);
  }
  return 0;
}

}  // namespace

LinkFacts ReadLinkFacts(int accepted_fd) {
  LinkFacts facts;
  facts.bound_device = static_cast<unsigned>(ReadOption<int>(accepted_fd, SO_BINDTOIFINDEX));
  facts.mark = ReadOption<std::uint32_t>(accepted_fd, SO_MARK);
  facts.netns_cookie = NetnsCookieOf(accepted_fd);
  facts.arrived_on = ArrivalOf(accepted_fd);
  return facts;
}

std::uint64_t NetnsCookieOf(int fd) { return ReadOption<std::uint64_t>(fd, SO_NETNS_COOKIE); }

}  // namespace openimds
