// SPDX-License-Identifier: Apache-2.0
#include "net/peer.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace openimds {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

bool IpAddress::is_v4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes[12] == 127;
  return bytes[15] == 1 &&
         std::all_of(bytes.begin(), bytes.end() - 1, [](auto b) { return b == 0; });
}

bool IpAddress::is_unspecified() const {
  const auto begin = is_v4() ? bytes.begin() + 12 : bytes.begin();
  return std::all_of(begin, bytes.end(), [](auto b) { return b == 0; });
}

std::string IpAddress::ToString() const {
  char text[INET6_ADDRSTRLEN];
  if (is_v4()) {
    inet_ntop(AF_INET, bytes.data() + 12, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
  }
  return text;
}

std::string Peer::ToString() const {
  if (unix_peer) {
    return "uid " + std::to_string(unix_peer->uid) + " pid " + std::to_string(unix_peer->pid);
  }
  if (!address) return "nobody";
  const std::string text = address->ToString();
  return (address->is_v4() ? text : "[" + text + "]") + ":" + std::to_string(port);
}

}  // namespace openimds
