// SPDX-License-Identifier: Apache-2.0
#include "net/interface_addresses.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <bit>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace openimds {
namespace {

unsigned PrefixBits(const sockaddr* mask, bool is_ipv6) {
  if (!mask) return 0;
  std::uint8_t bytes[sizeof(in6_addr)] = {};
  const std::size_t size = is_ipv6 ? sizeof(in6_addr) : sizeof(in_addr);
  const void* from =
      is_ipv6 ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(mask)->sin6_addr)
              : &reinterpret_cast<const sockaddr_in*>(mask)->sin_addr;
  std::memcpy(bytes, from, size);
  unsigned bits = 0;
  for (const std::uint8_t byte : bytes) bits += static_cast<unsigned>(std::popcount(byte));
  return bits;
}

std::optional<InterfaceAddress> ReadAddress(const ifaddrs& entry) {
  if (!entry.ifa_addr) return std::nullopt;
  char text[INET6_ADDRSTRLEN] = {};
  const bool is_ipv6 = entry.ifa_addr->sa_family == AF_INET6;
  if (is_ipv6) {
    const auto& address = reinterpret_cast<const sockaddr_in6*>(entry.ifa_addr)->sin6_addr;
    if (IN6_IS_ADDR_LINKLOCAL(&address) || IN6_IS_ADDR_LOOPBACK(&address)) return std::nullopt;
    inet_ntop(AF_INET6, &address, text, sizeof text);
  } else if (entry.ifa_addr->sa_family == AF_INET) {
    const auto& address = reinterpret_cast<const sockaddr_in*>(entry.ifa_addr)->sin_addr;
    inet_ntop(AF_INET, &address, text, sizeof text);
    const std::string_view plain = text;
    if (plain.starts_with("127.") || plain.starts_with("169.254.")) return std::nullopt;
  } else {
    return std::nullopt;
  }
  return InterfaceAddress{entry.ifa_name, is_ipv6, text, PrefixBits(entry.ifa_netmask, is_ipv6)};
}

}  // namespace

std::vector<InterfaceAddress> ReadInterfaceAddresses() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owned(first, freeifaddrs);
  std::vector<InterfaceAddress> addresses;
  for (const ifaddrs* at = first; at; at = at->ifa_next) {
    if (auto address = ReadAddress(*at)) addresses.push_back(*std::move(address));
  }
  return addresses;
}

}  // namespace openimds
