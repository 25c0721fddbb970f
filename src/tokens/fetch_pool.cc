// SPDX-License-Identifier: Apache-2.0
#include "tokens/fetch_pool.h"

#include <algorithm>
#include <utility>

namespace openimds {

FetchPool::FetchPool(std::size_t threads, std::size_t per_lane, std::size_t queue_limit)
    : per_lane_(std::max<std::size_t>(1, per_lane)),
      queue_limit_(queue_limit),
      lane_limit_(std::max<std::size_t>(1, queue_limit / 4)) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

FetchPool::~FetchPool() { Stop(); }

bool FetchPool::TryRun(const Guid& lane_id, std::function<void()> work) {
  std::lock_guard lock(mutex_);
  if (stopping_ || waiting_ >= queue_limit_) return false;
  Lane& lane = lanes_[lane_id];
  if (lane.waiting.size() >= lane_limit_) return false;
  lane.waiting.push_back(std::move(work));
  ++waiting_;
  TakeTurn(lane_id, lane);
  return true;
}

// Called with the lock held.
void FetchPool::TakeTurn(const Guid& id, Lane& lane) {
  if (lane.in_turn || lane.waiting.empty() || lane.running >= per_lane_) return;
  lane.in_turn = true;
  turns_.push_back(id);
  ready_.notify_one();
}

void FetchPool::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ready_.wait(lock, [this] { return !turns_.empty() || (stopping_ && waiting_ == 0); });
    if (turns_.empty()) return;
    const Guid id = turns_.front();
    turns_.pop_front();
    Lane& lane = lanes_[id];  // stays where it is while it runs or waits
    lane.in_turn = false;
    const std::function<void()> work = std::move(lane.waiting.front());
    lane.waiting.pop_front();
    --waiting_;
    ++lane.running;
    TakeTurn(id, lane);
    lock.unlock();
    work();
    lock.lock();
    --lane.running;
    TakeTurn(id, lane);
    if (lane.running == 0 && lane.waiting.empty()) lanes_.erase(id);
    if (stopping_) ready_.notify_all();
  }
}

void FetchPool::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace openimds
