// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace openimds::http {

// Threads for work that may block, behind a queue that is bounded: what does not fit is refused at
// once, so that a slow upstream cannot pile up memory. Every thread may call TryRun().
class WorkerPool {
 public:
  WorkerPool(std::size_t threads, std::size_t queue_limit);
  ~WorkerPool();  // as Stop()

  // False, and nothing done, if the queue is full or the pool has stopped.
  bool TryRun(std::function<void()> work);

  // Runs what was accepted to its end, then joins the threads.
  void Stop();

 private:
  void Work();

  const std::size_t queue_limit_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace openimds::http
