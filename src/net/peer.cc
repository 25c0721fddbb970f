// SPDX-License-Identifier: Apache-2.0
#include "net/peer.h"

#include <arpa/inet.h>
#include <poll.h>

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

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  const std::string copy(text);
  IpAddress ip;
  if (inet_pton(AF_INET6, copy.c_str(), ip.bytes.data()) == 1) return ip;
  ip = {};
  if (inet_pton(AF_INET, copy.c_str(), ip.bytes.data() + 12) != 1) return std::nullopt;
  ip.bytes[10] = ip.bytes[11] = 0xff;
  return ip;
}

bool PeerProcess::HasEnded() const {
  pollfd end{pidfd_.get(), POLLIN, 0};
  return poll(&end, 1, 0) == 1;
}

std::string Peer::ToString() const {
  std::string text = "nobody";
  if (unix_peer) {
    text = "uid " + std::to_string(unix_peer->uid) + " pid " + std::to_string(unix_peer->pid);
  } else if (cid) {
    text = "cid " + std::to_string(*cid);
  } else if (address) {
    text = address->ToString();
    text = (address->is_v4() ? text : "[" + text + "]") + ":" + std::to_string(port);
  }
  return place && !place->claim.empty() ? text + " by " + place->claim : text;
}

}  // namespace openimds
