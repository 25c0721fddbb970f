// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "tokens/cached_token.h"
#include "tokens/credential.h"

namespace openimds {

// Tokens in memory, and the one place that asks a Credential for new ones.
//
// A token is kept for (identity, machine, exact resource): GUIDs are never used twice, so an
// identity made again under an old name starts with nothing. It is handed out until half of its
// life is over, then replaced: clients that renew at half-life get a fresh one. While a replacement
// cannot be had the old one is served, never with less than a minute left.
//
// Callers choose the resource, so the number of entries is bounded: the least recently used goes.
// Single flight: however many threads ask for the same missing token, one Fetch() is made and all
// share its outcome.
//
// Every thread may call every function. Find() and Purge() never block on a fetch.
class TokenCache {
 public:
  static constexpr std::chrono::seconds kMinRemaining{60};

  // `credential` and `clock` must outlive the cache.
  TokenCache(Credential& credential, const Clock& clock, std::size_t max_entries);

  // A token that may be handed out now, from memory; null if one has to be fetched.
  std::shared_ptr<const CachedToken> Find(const Identity& identity, const Machine& machine,
                                          std::string_view resource);

  // As Find(), but gets a token if there is none (or always, with `bypass_cache`). May block.
  Result<std::shared_ptr<const CachedToken>> Fetch(const TokenRequest& request, bool bypass_cache);

  // Forgets all tokens of one identity; they are still valid where they were handed out.
  void Purge(const Guid& client_id);
  void Clear();  // of every identity

  std::size_t size() const;

 private:
  struct KeyView {
    const Guid* client_id;
    const Guid* vm_id;
    std::string_view resource;
  };
  struct Key {
    Guid client_id;
    Guid vm_id;
    std::string resource;
    operator KeyView() const { return {&client_id, &vm_id, resource}; }
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(KeyView key) const;
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(KeyView a, KeyView b) const {
      return *a.client_id == *b.client_id && *a.vm_id == *b.vm_id && a.resource == b.resource;
    }
  };
  struct Slot {
    std::shared_ptr<const CachedToken> token;
    bool fetching = false;
    int waiting = 0;            // threads that look at this slot once the fetch is over
    std::uint64_t fetched = 0;  // counts outcomes, so that waiters know theirs has come
    std::optional<Error> last_error;
    std::list<const Key*>::iterator used;  // in Shard::by_use
  };
  static constexpr std::size_t kShards = 16;
  using Slots = std::unordered_map<Key, Slot, Hash, Equal>;
  struct Shard {
    mutable std::mutex mutex;
    std::condition_variable fetched;
    Slots slots;
    std::list<const Key*> by_use;  // most recent first
  };

  template <class Predicate>
  void Forget(Predicate is_meant);
  Shard& ShardOf(KeyView key);
  static bool IsUsable(const Slot& slot, Time now);
  static bool IsFresh(const Slot& slot, Time now);
  Slot& SlotFor(Shard& shard, const TokenRequest& request);
  void EvictBeyondLimit(Shard& shard);
  Result<std::shared_ptr<const CachedToken>> FetchInto(Shard& shard,
                                                       std::unique_lock<std::mutex>& lock,
                                                       const TokenRequest& request);

  Credential& credential_;
  const Clock& clock_;
  const std::size_t max_entries_per_shard_;
  std::array<Shard, kShards> shards_;
};

}  // namespace openimds
