// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace openimds {

// An IP address as 16 bytes; IPv4 is kept in its mapped form, so that one address has one value
// however it arrived.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  bool is_v4() const;
  bool is_loopback() const;     // 127.0.0.0/8, ::1, and the mapped form of the former
  bool is_unspecified() const;  // 0.0.0.0 and ::
  std::string ToString() const;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

// Who runs the process at the other end of a UNIX socket, as the kernel says.
struct UnixPeer {
  uid_t uid;
  gid_t gid;
  pid_t pid;
};

// Facts about one connection, taken when it was accepted. Facts only: what they mean (which
// machine is calling) is for attribution/ to conclude.
struct Peer {
  std::optional<IpAddress> address;  // TCP
  std::uint16_t port = 0;
  std::optional<UnixPeer> unix_peer;  // UNIX socket

  // `10.0.0.7:4711`, `[::1]:4711`, `uid 1000 pid 4711`.
  std::string ToString() const;
};

}  // namespace openimds
