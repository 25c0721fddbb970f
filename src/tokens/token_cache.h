// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "tokens/cached_token.h"
#include "tokens/credential.h"
#include "tokens/fetch_pool.h"
#include "tokens/retry_pause.h"

namespace openimds {

struct TokenCacheSettings {
  std::size_t max_entries = 10'000;
  std::chrono::seconds min_remaining{60};  // a token with less to live is not handed out
  // A token is replaced when so much of what it had to live is over, or up to kRefreshSpread later.
  int refresh_percent = 50;
  std::size_t fetch_threads = 16;
  std::size_t fetch_queue = 1024;

  static constexpr int kRefreshSpread = 10;  // per cent
};

// A kept token, for people to look at. No secret in it.
struct CacheEntry {
  std::string identity;  // resource ids
  std::string machine;   // empty: shared by all that have the identity
  std::string resource;
  std::optional<Time> expires_on;  // nothing: there is no token
  std::chrono::seconds refresh_in{0};
  bool fetching = false;
  std::string_view last_error;  // the reason why there is none, or no newer one
  std::chrono::seconds retry_in{0};
};

struct CacheCounts {
  std::uint64_t fetches = 0;   // how often a credential was asked
  std::uint64_t failures = 0;  // how often in vain
};

// Tokens in memory, and the one place that asks a Credential for new ones, on threads of its own.
//
// A token is kept for (identity, exact resource), and for the machine too where the credential says
// so: GUIDs are never used twice, so an identity made again under an old name starts with nothing.
//
// Refresh ahead: from a fraction of its life on, the next caller who gets the token also causes
// its replacement, off that caller's path. While a replacement cannot be had the old one is served,
// until it has less than `min_remaining` left.
//
// Single flight: however many callers miss the same token, one Fetch() is made and all share its
// outcome. A bulkhead for each identity bounds what a slow authority can hold up.
//
// A failure that may pass is tried again after a pause that grows (RetryPause); a final one is
// remembered for kFinalErrorMemory. In between callers get that failure at once. Purging ends the
// pause, and a fetch that was under way then counts for nothing and is made again.
//
// Expiry is judged by the wall clock and by the time that has passed, whichever says it first:
// neither a clock that was set back nor a host that slept makes an expired token look good.
// Refreshes and pauses follow the steady clock only.
//
// Callers choose the resource, so the number of entries is bounded: the least recently used goes.
// Every thread may call every function; none but FetchAndWait() waits for an authority.
class TokenCache {
 public:
  using Token = std::shared_ptr<const CachedToken>;
  using Outcome = Result<Token>;
  using Done = std::function<void(Outcome)>;

  static constexpr std::chrono::seconds kFinalErrorMemory{5};

  // `credential` and `clock` must outlive the cache.
  TokenCache(Credential& credential, const Clock& clock, TokenCacheSettings settings);
  ~TokenCache();  // as Stop()

  // A token that may be handed out now, from memory; null if one has to be fetched.
  Token Find(const Identity& identity, const Machine& machine, std::string_view resource);

  // As Find(), but gets a token if there is none (or always, with `bypass_cache`). `done` is called
  // once, from here or from another thread, and must not wait for anything.
  void Fetch(const TokenRequest& request, bool bypass_cache, Done done);
  Outcome FetchAndWait(const TokenRequest& request, bool bypass_cache);

  // Forget tokens, failures and pauses; tokens are still valid where they were handed out.
  // All return how many tokens that were.
  std::size_t Purge(const Guid& client_id);
  std::size_t Purge(const std::function<bool(const Identity&, const std::string& resource)>& which);
  std::size_t Clear();

  std::vector<CacheEntry> List() const;  // in no order
  CacheCounts counts() const { return {fetches_.load(), failures_.load()}; }
  std::size_t size() const;

  // Lets fetches end; later ones are refused. The credential is what makes them end soon.
  void Stop() { pool_.Stop(); }

 private:
  struct KeyView {
    const Guid* client_id;
    const Guid* vm_id;  // all zero if the scope is the identity
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
    Token token;
    SteadyTime refresh_at{};
    SteadyTime dead_at{};  // by the steady clock; the token itself knows the wall clock's word
    TokenRequest request;  // of the last that was fetched
    bool fetching = false;
    std::vector<Done> waiting;
    std::uint64_t epoch = 0;  // how often it was purged
    std::optional<Error> last_error;
    RetryPause pause;
    SteadyTime final_until{};
    std::list<const Key*>::iterator used;  // in Shard::by_use
  };
  static constexpr std::size_t kShards = 16;
  using Slots = std::unordered_map<Key, Slot, Hash, Equal>;
  struct Shard {
    mutable std::mutex mutex;
    Slots slots;
    std::list<const Key*> by_use;  // most recent first
  };

  template <class Predicate>
  std::size_t Forget(Predicate is_meant);
  KeyView ViewOf(const Identity& identity, const Machine& machine, std::string_view resource) const;
  Shard& ShardOf(KeyView key);
  Slot& SlotFor(Shard& shard, KeyView key);
  void EvictBeyondLimit(Shard& shard);

  bool IsUsable(const Slot& slot, Time now, SteadyTime steady) const;
  bool MayFetch(const Slot& slot, SteadyTime steady) const;
  Error PausedError(const Slot& slot, SteadyTime steady) const;
  bool StartFetch(const Key& key, Slot& slot, const TokenRequest& request);
  void RunFetch(const Key& key, std::uint64_t epoch, const TokenRequest& request);
  Result<Token> AskCredential(const TokenRequest& request, Time now);
  void Settle(Slot& slot, Result<Token> outcome, Time asked, SteadyTime asked_steady);

  Credential& credential_;
  const Clock& clock_;
  const TokenCacheSettings settings_;
  const std::size_t max_entries_per_shard_;
  std::array<Shard, kShards> shards_;
  std::atomic<std::uint64_t> fetches_{0};
  std::atomic<std::uint64_t> failures_{0};
  FetchPool pool_;  // last: its threads end before anything they use
};

}  // namespace openimds
