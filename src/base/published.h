// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace openimds {

// An immutable value that one side swaps whole and many threads read.
//
// Read() costs one atomic load while nothing changes: each thread keeps its own reference and
// fetches a new one only after a Publish(). A value published before Read() begins is seen by it.
// The reference that Read() gives is good until the same thread calls Read() on the same object
// again; copy the shared_ptr to keep it longer.
//
// The object must outlive every thread that reads it, or at least be destroyed after their last
// Read(). A thread that stops reading keeps one old value alive until it reads again or ends.
template <class T>
class Published {
 public:
  explicit Published(std::shared_ptr<const T> first) : value_(std::move(first)) {}
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;

  void Publish(std::shared_ptr<const T> next) {
    std::lock_guard lock(mutex_);
    value_ = std::move(next);
    version_.fetch_add(1, std::memory_order_release);
  }

  const std::shared_ptr<const T>& Read() const {
    Seen& seen = Mine();
    if (seen.version != version_.load(std::memory_order_acquire)) {
      std::lock_guard lock(mutex_);
      seen.value = value_;
      seen.version = version_.load(std::memory_order_relaxed);
    }
    return seen.value;
  }

 private:
  struct Seen {
    std::uint64_t version = 0;
    std::shared_ptr<const T> value;
  };

  // Slots are never used twice, so a thread cannot mistake a new object for one that is gone.
  static std::size_t NextSlot() {
    static std::atomic<std::size_t> next{0};
    return next.fetch_add(1);
  }

  Seen& Mine() const {
    thread_local std::vector<Seen> seen;
    if (slot_ >= seen.size()) seen.resize(slot_ + 1);
    return seen[slot_];
  }

  const std::size_t slot_ = NextSlot();
  std::atomic<std::uint64_t> version_{1};
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace openimds
