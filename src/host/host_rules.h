// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace openimds {

inline constexpr std::string_view kMetadataAddress = "169.254.169.254";
inline constexpr std::string_view kWireServerAddress = "168.63.129.16";

// What one guest may send from. What is empty is not held.
struct GuestLink {
  std::string interface;               // of the guest alone: a tap, a veth, a port of a bridge
  std::vector<std::string> macs = {};  // twelve hex digits each
  std::vector<std::string> ipv4 = {};  // addresses
};

// What a host has to be for its guests, as an administrator wants it.
struct HostPlan {
  // Interfaces of guests: names, or `vnet*` for all that begin so.
  std::vector<std::string> guests = {};
  std::vector<GuestLink> links = {};              // those that are known closer; guests too
  std::vector<std::uint16_t> private_ports = {};  // TCP, of the service: never a guest's business
  bool wire_server = false;                       // also answer where the Linux agent falls back to
};

// Fails with kHostInterface if an interface's name, a MAC or an IPv4 address is none: nothing else
// ever reaches the rules.
Result<void> CheckHostPlan(const HostPlan& plan);

// The addresses that the host has to have.
std::vector<std::string_view> ServiceAddresses(const HostPlan& plan);

// A script for `nft -f`: in one transaction it replaces the tables `openimds_host` of the families
// inet, bridge and arp, and touches no other. It says (docs/guides/host.md):
//   - a guest sends from its machine's MAC and IPv4 addresses only, ARP included;
//   - of the service addresses a guest reaches port 80 on this host, and never through it: not the
//     metadata service of the cloud that the host itself may be in;
//   - a guest reaches neither loopback nor the private ports.
// By interfaces' names, so that an interface made anew is held from its first packet.
// REQUIRES: CheckHostPlan(plan). Pure.
std::string RenderHostRules(const HostPlan& plan);

// The same for taking it all away.
std::string RenderNoHostRules();

// The name of an empty chain that tells whether the rules in the kernel are those of `plan`.
std::string HostRulesMark(const HostPlan& plan);

}  // namespace openimds
