// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace openimds {

// One address of one network interface.
struct InterfaceAddress {
  std::string interface;  // `eth0`
  bool is_ipv6 = false;
  std::string address;
  unsigned prefix = 0;  // in bits
};

// The addresses of this machine that others can reach: no loopback, no link-local ones. None if
// the kernel does not say.
std::vector<InterfaceAddress> ReadInterfaceAddresses();

}  // namespace openimds
