// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "net/peer.h"

namespace openimds::http {

// How many connections there are, over all and for each peer address. Touched only when a
// connection begins or ends; every thread may call it.
class ConnectionLimits {
 public:
  ConnectionLimits(std::size_t total_limit, std::size_t peer_limit)
      : total_limit_(total_limit), peer_limit_(peer_limit) {}

  // False if a limit is reached; then Leave() must not be called.
  bool TryEnter(const Peer& peer) {
    std::lock_guard lock(mutex_);
    if (total_ >= total_limit_) return false;
    if (peer.address) {
      std::size_t& count = by_peer_[*peer.address];
      if (count >= peer_limit_) return false;
      ++count;
    }
    ++total_;
    return true;
  }

  void Leave(const Peer& peer) {
    std::lock_guard lock(mutex_);
    --total_;
    if (!peer.address) return;
    const auto found = by_peer_.find(*peer.address);
    if (--found->second == 0) by_peer_.erase(found);
  }

 private:
  struct Hash {
    std::size_t operator()(const IpAddress& ip) const {
      return std::hash<std::string_view>{}(
          {reinterpret_cast<const char*>(ip.bytes.data()), ip.bytes.size()});
    }
  };

  const std::size_t total_limit_;
  const std::size_t peer_limit_;
  std::mutex mutex_;
  std::size_t total_ = 0;
  std::unordered_map<IpAddress, std::size_t, Hash> by_peer_;
};

}  // namespace openimds::http
