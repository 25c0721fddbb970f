// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/guid.h"

namespace openimds {

// Threads that ask authorities, with a bulkhead for each identity: one whose authority hangs holds
// `per_lane` threads at most and a fourth of the queue, and the others take turns. Every thread may
// call TryRun().
class FetchPool {
 public:
  FetchPool(std::size_t threads, std::size_t per_lane, std::size_t queue_limit);
  ~FetchPool();  // as Stop()

  // False, and nothing done, if the queue or the lane's share of it is full, or after Stop().
  bool TryRun(const Guid& lane, std::function<void()> work);

  // Runs what was accepted to its end, then joins the threads.
  void Stop();

 private:
  struct Lane {
    std::deque<std::function<void()>> waiting;
    std::size_t running = 0;
    bool in_turn = false;  // it stands in turns_
  };

  void Work();
  void TakeTurn(const Guid& id, Lane& lane);

  const std::size_t per_lane_;
  const std::size_t queue_limit_;
  const std::size_t lane_limit_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::unordered_map<Guid, Lane> lanes_;  // those that run or wait
  std::deque<Guid> turns_;                // lanes that may have one more thread
  std::size_t waiting_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace openimds
