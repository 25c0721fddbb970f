// SPDX-License-Identifier: Apache-2.0
#include "tokens/token_cache.h"

#include <algorithm>
#include <utility>

#include "base/reasons.h"

namespace openimds {
namespace {

Time RefreshPoint(const AccessToken& token, Time now) { return now + (token.expires_on - now) / 2; }

}  // namespace

std::size_t TokenCache::Hash::operator()(KeyView key) const {
  const std::size_t resource = std::hash<std::string_view>{}(key.resource);
  return std::hash<Guid>{}(*key.client_id) ^ (std::hash<Guid>{}(*key.vm_id) << 1) ^ resource;
}

TokenCache::TokenCache(Credential& credential, const Clock& clock, std::size_t max_entries)
    : credential_(credential),
      clock_(clock),
      max_entries_per_shard_(std::max<std::size_t>(1, max_entries / kShards)) {}

TokenCache::Shard& TokenCache::ShardOf(KeyView key) {
  const std::size_t hash = Hash{}(key);
  return shards_[(hash ^ (hash >> 32)) % shards_.size()];
}

bool TokenCache::IsUsable(const Slot& slot, Time now) {
  return slot.token && now + kMinRemaining < slot.token->token().expires_on;
}

bool TokenCache::IsFresh(const Slot& slot, Time now) {
  // A clock that jumped back makes a token look younger than it is, never older: it is still
  // judged by its expiry.
  return IsUsable(slot, now) && now < slot.token->refresh_at();
}

std::shared_ptr<const CachedToken> TokenCache::Find(const Identity& identity,
                                                    const Machine& machine,
                                                    std::string_view resource) {
  const KeyView key{&identity.client_id, &machine.vm_id, resource};
  const Time now = clock_.Now();
  Shard& shard = ShardOf(key);
  std::lock_guard lock(shard.mutex);
  const auto found = shard.slots.find(key);
  if (found == shard.slots.end()) return nullptr;
  Slot& slot = found->second;
  const bool servable = IsFresh(slot, now) || (slot.fetching && IsUsable(slot, now));
  if (!servable) return nullptr;
  shard.by_use.splice(shard.by_use.begin(), shard.by_use, slot.used);
  return slot.token;
}

TokenCache::Slot& TokenCache::SlotFor(Shard& shard, const TokenRequest& request) {
  const KeyView key{&request.identity->client_id, &request.machine->vm_id, request.resource};
  const auto found = shard.slots.find(key);
  if (found != shard.slots.end()) {
    shard.by_use.splice(shard.by_use.begin(), shard.by_use, found->second.used);
    return found->second;
  }
  const auto made =
      shard.slots
          .emplace(Key{request.identity->client_id, request.machine->vm_id, request.resource},
                   Slot{})
          .first;
  shard.by_use.push_front(&made->first);
  made->second.used = shard.by_use.begin();
  return made->second;
}

void TokenCache::EvictBeyondLimit(Shard& shard) {
  auto candidate = shard.by_use.end();
  while (shard.slots.size() > max_entries_per_shard_ && candidate != shard.by_use.begin()) {
    --candidate;
    const auto slot = shard.slots.find(**candidate);
    if (slot->second.fetching || slot->second.waiting > 0) continue;
    candidate = shard.by_use.erase(candidate);
    shard.slots.erase(slot);
  }
}

Result<std::shared_ptr<const CachedToken>> TokenCache::Fetch(const TokenRequest& request,
                                                             bool bypass_cache) {
  const KeyView key{&request.identity->client_id, &request.machine->vm_id, request.resource};
  Shard& shard = ShardOf(key);
  std::unique_lock lock(shard.mutex);
  Slot& slot = SlotFor(shard, request);
  if (!bypass_cache && IsFresh(slot, clock_.Now())) return slot.token;
  if (!slot.fetching) return FetchInto(shard, lock, request);

  const std::uint64_t before = slot.fetched;
  ++slot.waiting;  // keeps the slot in its place
  shard.fetched.wait(lock, [&] { return slot.fetched != before; });
  --slot.waiting;
  if (IsUsable(slot, clock_.Now())) return slot.token;
  return tl::unexpected<Error>(slot.last_error.value_or(Error{
      ErrorKind::kUnavailable, reasons::kBusy, "no token could be had", std::chrono::seconds{1}}));
}

// Called with the lock held, and returns with it held; asks without it.
Result<std::shared_ptr<const CachedToken>> TokenCache::FetchInto(Shard& shard,
                                                                 std::unique_lock<std::mutex>& lock,
                                                                 const TokenRequest& request) {
  Slot& slot = SlotFor(shard, request);
  slot.fetching = true;
  lock.unlock();
  const Time asked = clock_.Now();
  auto fetched = credential_.Fetch(request, asked);
  lock.lock();
  slot.fetching = false;
  ++slot.fetched;
  if (fetched) {
    const Time refresh_at = RefreshPoint(*fetched, asked);
    slot.token = std::make_shared<CachedToken>(*std::move(fetched), request, refresh_at);
    slot.last_error.reset();
  } else {
    slot.last_error = std::move(fetched.error());
  }
  shard.fetched.notify_all();

  Result<std::shared_ptr<const CachedToken>> outcome = slot.token;
  if (!IsUsable(slot, clock_.Now())) {
    outcome = tl::unexpected<Error>(slot.last_error.value_or(
        Error{ErrorKind::kUnavailable, reasons::kBusy, "the new token had already expired",
              std::chrono::seconds{1}}));
  }
  EvictBeyondLimit(shard);  // `slot` may be gone after this
  return outcome;
}

template <class Predicate>
void TokenCache::Forget(Predicate is_meant) {
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    for (auto& [key, slot] : shard.slots) {
      if (is_meant(key)) slot.token = nullptr;
    }
  }
}

void TokenCache::Purge(const Guid& client_id) {
  Forget([&](const Key& key) { return key.client_id == client_id; });
}

void TokenCache::Clear() {
  Forget([](const Key&) { return true; });
}

std::size_t TokenCache::size() const {
  std::size_t total = 0;
  for (const Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    total += shard.slots.size();
  }
  return total;
}

}  // namespace openimds
