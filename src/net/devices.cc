// SPDX-License-Identifier: Apache-2.0
#include "net/devices.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstring>
#include <utility>
#include <vector>

#include "base/reasons.h"

namespace openimds {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;  // the kernel's answers are at most 32 KiB each

tl::unexpected<Error> NetlinkFailure(int error) {
  return Fail(ErrorKind::kUnavailable, reasons::kListenFailed,
              std::string("cannot ask the kernel for network devices: ") + std::strerror(error));
}

Result<Descriptor> OpenNetlink(unsigned groups) {
  Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (!socket.is_open() ||
      bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return NetlinkFailure(errno);
  }
  return socket;
}

void TakeDevice(const nlmsghdr* header, NetworkDevices* devices) {
  const auto* link = static_cast<const ifinfomsg*>(NLMSG_DATA(header));
  NetworkDevice device;
  device.index = static_cast<unsigned>(link->ifi_index);
  std::string name;
  int left = static_cast<int>(IFLA_PAYLOAD(header));
  for (const rtattr* part = IFLA_RTA(link); RTA_OK(part, left); part = RTA_NEXT(part, left)) {
    const char* value = static_cast<const char*>(RTA_DATA(part));
    if (part->rta_type == IFLA_IFNAME) name.assign(value, strnlen(value, RTA_PAYLOAD(part)));
    if (part->rta_type == IFLA_MASTER) std::memcpy(&device.bridge, value, sizeof device.bridge);
  }
  devices->insert_or_assign(std::move(name), device);
}

// True when the list is complete.
Result<bool> TakeAnswer(const char* buffer, std::size_t size, NetworkDevices* devices) {
  auto left = static_cast<unsigned>(size);
  for (const auto* header = reinterpret_cast<const nlmsghdr*>(buffer); NLMSG_OK(header, left);
       header = NLMSG_NEXT(header, left)) {
    if (header->nlmsg_type == NLMSG_DONE) return true;
    if (header->nlmsg_type == NLMSG_ERROR) {
      return NetlinkFailure(-static_cast<const nlmsgerr*>(NLMSG_DATA(header))->error);
    }
    if (header->nlmsg_type == RTM_NEWLINK) TakeDevice(header, devices);
  }
  return false;
}

}  // namespace

Result<NetworkDevices> ReadDevices() {
  TRY(const Descriptor socket, OpenNetlink(0));
  struct {
    nlmsghdr header;
    ifinfomsg link;
    rtattr attribute;
    __u32 filter;
  } question{};
  question.header.nlmsg_len = sizeof question;
  question.header.nlmsg_type = RTM_GETLINK;
  question.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  // Counters are most of what would be told of a device.
  question.attribute = {RTA_LENGTH(sizeof question.filter), IFLA_EXT_MASK};
  question.filter = RTEXT_FILTER_SKIP_STATS;
  if (send(socket.get(), &question, sizeof question, 0) < 0) return NetlinkFailure(errno);
  NetworkDevices devices;
  std::vector<char> buffer(kBufferBytes);
  for (bool complete = false; !complete;) {
    const ssize_t size = recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (size <= 0) return NetlinkFailure(errno);
    TRY(complete, TakeAnswer(buffer.data(), static_cast<std::size_t>(size), &devices));
  }
  return devices;
}

Result<DeviceWatch> DeviceWatch::Open() {
  TRY(Descriptor socket, OpenNetlink(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR));
  return DeviceWatch(std::move(socket));
}

// What overflowed the socket's buffer was news as well: whoever drains reads everything anew.
void DeviceWatch::Drain() {
  std::vector<char> buffer(kBufferBytes);
  while (recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT) > 0 || errno == ENOBUFS) {
  }
}

}  // namespace openimds
