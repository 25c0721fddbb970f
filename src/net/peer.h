// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/descriptor.h"
#include "base/guid.h"

namespace openimds {

// An IP address as 16 bytes; IPv4 is kept in its mapped form, so that one address has one value
// however it arrived.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  bool is_v4() const;
  bool is_loopback() const;     // 127.0.0.0/8, ::1, and the mapped form of the former
  bool is_unspecified() const;  // 0.0.0.0 and ::
  std::string ToString() const;

  // `10.0.0.7` or `fd00::7`: canonical forms of inet_pton, no zone, no prefix length.
  static std::optional<IpAddress> Parse(std::string_view text);

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

// A process by the kernel's own handle (pidfd), which stays its own when its number is another's.
class PeerProcess {
 public:
  explicit PeerProcess(Descriptor pidfd) : pidfd_(std::move(pidfd)) {}

  bool HasEnded() const;  // one system call; never blocks

 private:
  Descriptor pidfd_;
};

// Who runs the process at the other end of a UNIX socket, as the kernel says.
struct UnixPeer {
  uid_t uid;
  gid_t gid;
  pid_t pid;
  std::shared_ptr<const PeerProcess> process = nullptr;  // none before Linux 6.5
};

// What a listening socket was opened for, and what the kernel said of it then. One for each
// opening, shared by all connections that come through it.
struct ListeningPlace {
  std::string claim;               // whose door it is, in attribution's words: `device:vnet3`
  Guid attachment;                 // for whom it was opened; all zero where several share the door
  unsigned device = 0;             // the index of the only device that it hears; 0: it hears all
  std::uint64_t netns_cookie = 0;  // of the network namespace that it was opened in
  bool finds_local_user = false;   // asks the kernel who owns the other end of each connection
};

// What the kernel says of one accepted socket; zero where it says nothing.
struct LinkFacts {
  unsigned bound_device = 0;       // inherited from the socket that listened
  unsigned arrived_on = 0;         // the device that the caller's packet came in by
  std::uint32_t mark = 0;          // of the caller's first packet (net.ipv4.tcp_fwmark_accept)
  std::uint64_t netns_cookie = 0;  // of the socket's network namespace
};

// Facts about one connection, taken when it was accepted. Facts only: what they mean (which
// machine is calling) is for attribution/ to conclude.
struct Peer {
  std::optional<IpAddress> address;  // TCP
  std::uint16_t port = 0;
  std::optional<UnixPeer> unix_peer;  // UNIX socket
  std::optional<std::uint32_t> cid;   // vsock: the guest's number, given by its hypervisor

  // Only where the listener has a place.
  std::shared_ptr<const ListeningPlace> place = nullptr;
  LinkFacts link{};
  std::optional<uid_t> local_user;  // as ListeningPlace::finds_local_user asked; none: not found

  // `10.0.0.7:4711`, `[::1]:4711`, `uid 1000 pid 4711`, `cid 5`; with ` by device:vnet3` behind it
  // where the listener has a place.
  std::string ToString() const;
};

}  // namespace openimds
