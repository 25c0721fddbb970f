// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "net/peer.h"

namespace openimds::http {

// How many connections there are, over all and for each peer. A peer is who comes by one guest's
// door, whatever its address, else an address at one door: guests may share an address, and one
// guest may have many. Touched only when a connection begins or ends; every thread may call it.
class ConnectionLimits {
 public:
  ConnectionLimits(std::size_t total_limit, std::size_t peer_limit)
      : total_limit_(total_limit), peer_limit_(peer_limit) {}

  // False if a limit is reached; then Leave() must not be called.
  bool TryEnter(const Peer& peer) {
    std::lock_guard lock(mutex_);
    if (total_ >= total_limit_) return false;
    const std::string key = KeyOf(peer);
    if (!key.empty()) {
      std::size_t& count = by_peer_[key];
      if (count >= peer_limit_) return false;
      ++count;
    }
    ++total_;
    return true;
  }

  void Leave(const Peer& peer) {
    std::lock_guard lock(mutex_);
    --total_;
    const std::string key = KeyOf(peer);
    if (key.empty()) return;
    const auto found = by_peer_.find(key);
    if (--found->second == 0) by_peer_.erase(found);
  }

 private:
  // Empty for those that are not counted: processes of this host, on a UNIX socket of its own.
  static std::string KeyOf(const Peer& peer) {
    std::string key;
    if (peer.place) {
      key = peer.place->claim;
      if (peer.place->attachment != Guid()) return key;  // the door is one guest's
    }
    if (peer.address) {
      key.append(reinterpret_cast<const char*>(peer.address->bytes.data()),
                 peer.address->bytes.size());
    }
    if (peer.cid) key.append(std::to_string(*peer.cid));
    if (peer.link.mark != 0) key.append("#").append(std::to_string(peer.link.mark));
    return key;
  }

  const std::size_t total_limit_;
  const std::size_t peer_limit_;
  std::mutex mutex_;
  std::size_t total_ = 0;
  std::unordered_map<std::string, std::size_t> by_peer_;
};

}  // namespace openimds::http
