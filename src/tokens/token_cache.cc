// SPDX-License-Identifier: Apache-2.0
#include "tokens/token_cache.h"

#include <algorithm>
#include <exception>
#include <future>
#include <utility>

#include "base/reasons.h"

namespace openimds {
namespace {

const Guid kAnyMachine{};

SteadyTime::duration Part(SteadyTime::duration whole, double percent) {
  return std::chrono::duration_cast<SteadyTime::duration>(whole * (percent / 100));
}

Error BusyError() {
  return {ErrorKind::kUnavailable, reasons::kBusy, "too many tokens are being fetched already",
          std::chrono::seconds{1}};
}

bool MayPass(const Error& error) {
  return error.kind == ErrorKind::kUnavailable || error.kind == ErrorKind::kThrottled;
}

std::chrono::seconds Left(SteadyTime until, SteadyTime now) {
  return std::max(std::chrono::ceil<std::chrono::seconds>(until - now), std::chrono::seconds{0});
}

}  // namespace

std::size_t TokenCache::Hash::operator()(KeyView key) const {
  const std::size_t resource = std::hash<std::string_view>{}(key.resource);
  return std::hash<Guid>{}(*key.client_id) ^ (std::hash<Guid>{}(*key.vm_id) << 1) ^ resource;
}

TokenCache::TokenCache(Credential& credential, const Clock& clock, TokenCacheSettings settings)
    : credential_(credential),
      clock_(clock),
      settings_(settings),
      max_entries_per_shard_(std::max<std::size_t>(1, settings.max_entries / kShards)),
      pool_(settings.fetch_threads, std::max<std::size_t>(1, settings.fetch_threads / 4),
            settings.fetch_queue) {}

TokenCache::~TokenCache() { Stop(); }

// ---- looking ---------------------------------------------------------------------------------

TokenCache::KeyView TokenCache::ViewOf(const Identity& identity, const Machine& machine,
                                       std::string_view resource) const {
  const bool shared = credential_.ScopeFor(identity) == TokenScope::kIdentity;
  return {&identity.client_id, shared ? &kAnyMachine : &machine.vm_id, resource};
}

TokenCache::Shard& TokenCache::ShardOf(KeyView key) {
  const std::size_t hash = Hash{}(key);
  return shards_[(hash ^ (hash >> 32)) % shards_.size()];
}

bool TokenCache::IsUsable(const Slot& slot, Time now, SteadyTime steady) const {
  return slot.token && now + settings_.min_remaining < slot.token->token().expires_on &&
         steady + settings_.min_remaining < slot.dead_at;
}

bool TokenCache::MayFetch(const Slot& slot, SteadyTime steady) const {
  return !slot.fetching && slot.pause.IsOver(steady) && steady >= slot.final_until;
}

TokenCache::Token TokenCache::Find(const Identity& identity, const Machine& machine,
                                   std::string_view resource) {
  const KeyView key = ViewOf(identity, machine, resource);
  const Time now = clock_.Now();
  const SteadyTime steady = clock_.SteadyNow();
  Shard& shard = ShardOf(key);
  std::lock_guard lock(shard.mutex);
  const auto found = shard.slots.find(key);
  if (found == shard.slots.end()) return nullptr;
  Slot& slot = found->second;
  if (!IsUsable(slot, now, steady)) return nullptr;
  if (steady >= slot.refresh_at && MayFetch(slot, steady)) {
    StartFetch(found->first, slot, slot.token->request());
  }
  shard.by_use.splice(shard.by_use.begin(), shard.by_use, slot.used);
  return slot.token;
}

// ---- fetching --------------------------------------------------------------------------------

TokenCache::Slot& TokenCache::SlotFor(Shard& shard, KeyView key) {
  const auto found = shard.slots.find(key);
  if (found != shard.slots.end()) {
    shard.by_use.splice(shard.by_use.begin(), shard.by_use, found->second.used);
    return found->second;
  }
  const auto made =
      shard.slots.emplace(Key{*key.client_id, *key.vm_id, std::string(key.resource)}, Slot{}).first;
  shard.by_use.push_front(&made->first);
  made->second.used = shard.by_use.begin();
  return made->second;
}

void TokenCache::EvictBeyondLimit(Shard& shard) {
  auto candidate = shard.by_use.end();
  while (shard.slots.size() > max_entries_per_shard_ && candidate != shard.by_use.begin()) {
    --candidate;
    const auto slot = shard.slots.find(**candidate);
    if (slot->second.fetching) continue;
    candidate = shard.by_use.erase(candidate);
    shard.slots.erase(slot);
  }
}

// What a caller is told who comes too early.
Error TokenCache::PausedError(const Slot& slot, SteadyTime steady) const {
  Error error = slot.last_error.value_or(BusyError());
  if (MayPass(error)) error.retry_after = slot.pause.Left(steady);
  return error;
}

void TokenCache::Fetch(const TokenRequest& request, bool bypass_cache, Done done) {
  const KeyView key = ViewOf(*request.identity, *request.machine, request.resource);
  Shard& shard = ShardOf(key);
  std::unique_lock lock(shard.mutex);
  Slot& slot = SlotFor(shard, key);
  const SteadyTime steady = clock_.SteadyNow();
  const bool usable = IsUsable(slot, clock_.Now(), steady);
  const bool wanted = bypass_cache || !usable || steady >= slot.refresh_at;

  if (wanted && MayFetch(slot, steady) && !StartFetch(**slot.used, slot, request) && !usable) {
    slot.last_error = BusyError();
    slot.pause.Failed(steady, {});
  }
  if (slot.fetching && (bypass_cache || !usable)) {
    slot.waiting.push_back(std::move(done));
    return;
  }
  Outcome outcome = slot.token;
  if (!usable) outcome = tl::unexpected<Error>(PausedError(slot, steady));
  EvictBeyondLimit(shard);  // `slot` may be gone after this
  lock.unlock();
  done(std::move(outcome));
}

TokenCache::Outcome TokenCache::FetchAndWait(const TokenRequest& request, bool bypass_cache) {
  auto promise = std::make_shared<std::promise<Outcome>>();
  auto outcome = promise->get_future();
  Fetch(request, bypass_cache, [promise](Outcome o) { promise->set_value(std::move(o)); });
  return outcome.get();
}

// Called with the shard's lock held. False if there is no room for it.
bool TokenCache::StartFetch(const Key& key, Slot& slot, const TokenRequest& request) {
  slot.fetching = pool_.TryRun(
      key.client_id, [this, key, epoch = slot.epoch, request] { RunFetch(key, epoch, request); });
  if (slot.fetching) slot.request = request;
  return slot.fetching;
}

void TokenCache::RunFetch(const Key& key, std::uint64_t epoch, const TokenRequest& request) {
  const Time asked = clock_.Now();
  const SteadyTime asked_steady = clock_.SteadyNow();
  Outcome fetched = AskCredential(request, asked);

  Shard& shard = ShardOf(key);
  std::unique_lock lock(shard.mutex);
  Slot& slot = shard.slots.find(key)->second;  // it is not evicted while it is fetching
  slot.fetching = false;
  if (slot.epoch == epoch) {
    Settle(slot, fetched, asked, asked_steady);
  } else {
    if (!slot.waiting.empty() && StartFetch(key, slot, request)) return;
    fetched = tl::unexpected<Error>(BusyError());
  }

  const SteadyTime steady = clock_.SteadyNow();
  if (!fetched && IsUsable(slot, clock_.Now(), steady)) fetched = slot.token;
  const std::vector<Done> waiting = std::exchange(slot.waiting, {});
  EvictBeyondLimit(shard);  // `slot` may be gone after this
  lock.unlock();
  for (const Done& done : waiting) done(fetched);
}

TokenCache::Outcome TokenCache::AskCredential(const TokenRequest& request, Time now) {
  ++fetches_;
  Result<AccessToken> fetched = [&]() -> Result<AccessToken> {
    try {
      return credential_.Fetch(request, now);
    } catch (const std::exception& failure) {
      return Fail(ErrorKind::kInternal, reasons::kCredentialFailed,
                  std::string("the credential failed: ") + failure.what());
    }
  }();
  if (fetched && fetched->expires_on <= clock_.Now() + settings_.min_remaining) {
    fetched =
        Fail(ErrorKind::kUnavailable, reasons::kUpstreamNonsense,
             "expected a token that lives longer than " +
                 std::to_string(settings_.min_remaining.count()) + " s, got one that does not");
  }
  if (fetched) return std::make_shared<const CachedToken>(*std::move(fetched), request);
  ++failures_;
  return tl::unexpected<Error>(std::move(fetched.error()));
}

void TokenCache::Settle(Slot& slot, Outcome outcome, Time asked, SteadyTime asked_steady) {
  const SteadyTime steady = clock_.SteadyNow();
  if (outcome) {
    const SteadyTime::duration life = (*outcome)->token().expires_on - asked;
    const double spread = TokenCacheSettings::kRefreshSpread * RandomFraction();
    slot.refresh_at = asked_steady + Part(life, settings_.refresh_percent + spread);
    slot.dead_at = asked_steady + life;
    slot.token = *std::move(outcome);
    slot.last_error.reset();
    slot.pause.Succeeded();
    return;
  }
  if (MayPass(outcome.error())) {
    slot.pause.Failed(steady, outcome.error().retry_after);
  } else {
    slot.final_until = steady + kFinalErrorMemory;
  }
  slot.last_error = std::move(outcome.error());
}

// ---- looking after ---------------------------------------------------------------------------

template <class Predicate>
std::size_t TokenCache::Forget(Predicate is_meant) {
  std::size_t forgotten = 0;
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    for (auto& [key, slot] : shard.slots) {
      if (!is_meant(key, slot)) continue;
      if (slot.token) ++forgotten;
      slot.token = nullptr;
      slot.last_error.reset();
      slot.pause.Succeeded();
      slot.final_until = {};
      ++slot.epoch;
    }
  }
  return forgotten;
}

std::size_t TokenCache::Purge(const Guid& client_id) {
  return Forget([&](const Key& key, const Slot&) { return key.client_id == client_id; });
}

std::size_t TokenCache::Purge(
    const std::function<bool(const Identity&, const std::string&)>& which) {
  return Forget([&](const Key& key, const Slot& slot) {
    return slot.request.identity && which(*slot.request.identity, key.resource);
  });
}

std::size_t TokenCache::Clear() {
  return Forget([](const Key&, const Slot&) { return true; });
}

std::vector<CacheEntry> TokenCache::List() const {
  std::vector<CacheEntry> entries;
  const SteadyTime now = clock_.SteadyNow();
  for (const Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    for (const auto& [key, slot] : shard.slots) {
      if (!slot.request.identity) continue;
      if (!slot.token && !slot.fetching && !slot.last_error) continue;
      CacheEntry& entry = entries.emplace_back();
      entry.identity = slot.request.identity->id.text();
      if (key.vm_id != kAnyMachine) entry.machine = slot.request.machine->id.text();
      entry.resource = key.resource;
      entry.fetching = slot.fetching;
      if (slot.token) {
        entry.expires_on = slot.token->token().expires_on;
        entry.refresh_in = Left(slot.refresh_at, now);
      }
      if (!slot.last_error) continue;
      entry.last_error = slot.last_error->reason;
      entry.retry_in = Left(std::max(slot.pause.over_at(), slot.final_until), now);
    }
  }
  return entries;
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
