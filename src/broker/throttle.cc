// SPDX-License-Identifier: Apache-2.0
#include "broker/throttle.h"

#include <algorithm>
#include <functional>

namespace openimds {

Throttle::Shard& Throttle::ShardOf(const Guid& machine) {
  return shards_[std::hash<Guid>{}(machine) % shards_.size()];
}

void Throttle::ForgetIdle(Shard& shard, Time now) {
  std::erase_if(shard.accounts, [&](const auto& entry) {
    const Account& account = entry.second;
    return account.in_flight == 0 &&
           std::all_of(account.buckets.begin(), account.buckets.end(), [&](const Bucket& bucket) {
             return now - bucket.since > std::chrono::seconds{1};
           });
  });
}

bool Throttle::Admit(const Guid& machine, Category category, Time now) {
  const auto limit = static_cast<double>(PerSecond(category));
  if (limit == 0) return true;
  Shard& shard = ShardOf(machine);
  std::lock_guard lock(shard.mutex);
  if (shard.accounts.size() > kMaxIdle) ForgetIdle(shard, now);
  Bucket& bucket = shard.accounts[machine].buckets[static_cast<std::size_t>(category)];
  const std::chrono::duration<double> passed = now - bucket.since;
  const double left = std::max(0.0, bucket.spent - std::max(0.0, passed.count()) * limit);
  if (left + 1 > limit) return false;  // `since` stays: what was given back is not counted twice
  bucket = {left + 1, now};
  return true;
}

bool Throttle::TryBegin(const Guid& machine) {
  if (limits_.identity_in_flight == 0) return true;
  Shard& shard = ShardOf(machine);
  std::lock_guard lock(shard.mutex);
  std::size_t& count = shard.accounts[machine].in_flight;
  if (count >= limits_.identity_in_flight) return false;
  ++count;
  return true;
}

void Throttle::End(const Guid& machine) {
  if (limits_.identity_in_flight == 0) return;
  Shard& shard = ShardOf(machine);
  std::lock_guard lock(shard.mutex);
  --shard.accounts[machine].in_flight;
}

}  // namespace openimds
