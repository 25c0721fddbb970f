// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "net/peer.h"

namespace openimds {

// One attached port of a bridge.
struct BridgePortRule {
  std::string port;  // the device's name, as CanonicalPlace() gives it
  std::uint32_t mark = 0;
  bool allow_forwarded = false;
};

inline constexpr char kBridgeTable[] = "openimds";  // of nftables' family `bridge`

// A script for `nft -f` that makes the table what it must be, in one transaction; without ports it
// takes the table away. Pure.
//
// Packets for the `guests` addresses get the mark of the port that they enter by, and lose any
// other. Replies, which carry the mark of their connection, leave by that port only: who has taken
// another guest's address, or its MAC, does not even see the answers to that guest. Unless
// forwarding is allowed, what has crossed a hop is dropped, and replies die at the first.
std::string RenderBridgeRules(const std::vector<BridgePortRule>& ports,
                              const std::vector<IpAddress>& guests);

}  // namespace openimds
