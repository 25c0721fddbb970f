// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <unordered_map>

#include "base/guid.h"

namespace openimds {

// What one machine may ask for; 0 means: as much as it likes.
struct ThrottleLimits {
  std::size_t identity_per_second = 0;
  std::size_t identity_in_flight = 0;  // fetches from an authority that are under way
  std::size_t other_per_second = 0;    // all other categories of IMDS together
};

// As Azure documents its own service (protocol.md A.7).
inline constexpr ThrottleLimits kAzureThrottle{20, 5, 5};

// Counts what each machine asks for, so that one at its limit does not slow another. A second's
// requests may come at once; they are given back evenly. Every thread may call every function; a
// machine is known by its vmId. What an idle machine left behind is forgotten after a while.
class Throttle {
 public:
  using Time = std::chrono::steady_clock::time_point;
  enum class Category { kIdentity, kOther };

  explicit Throttle(ThrottleLimits limits) : limits_(limits) {}

  // False if the machine has asked too often.
  bool Admit(const Guid& machine, Category category) {
    return PerSecond(category) == 0 || Admit(machine, category, std::chrono::steady_clock::now());
  }
  bool Admit(const Guid& machine, Category category, Time now);

  // False if too much is under way for the machine; else End() has to be called once.
  bool TryBegin(const Guid& machine);
  void End(const Guid& machine);

 private:
  struct Bucket {
    double spent = 0;  // of the second's requests
    Time since{};
  };
  struct Account {
    std::array<Bucket, 2> buckets;
    std::size_t in_flight = 0;
  };
  // Machines on different shards never wait for each other.
  struct Shard {
    std::mutex mutex;
    std::unordered_map<Guid, Account> accounts;
  };

  std::size_t PerSecond(Category category) const {
    return category == Category::kIdentity ? limits_.identity_per_second : limits_.other_per_second;
  }
  Shard& ShardOf(const Guid& machine);
  static void ForgetIdle(Shard& shard, Time now);

  static constexpr std::size_t kMaxIdle = 4096;  // accounts of a shard, before the idle ones go

  const ThrottleLimits limits_;
  std::array<Shard, 16> shards_;
};

}  // namespace openimds
