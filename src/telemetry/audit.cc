// SPDX-License-Identifier: Apache-2.0
#include "telemetry/audit.h"

#include <time.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/reasons.h"
#include "telemetry/events.h"

namespace openimds {
namespace {

std::uint64_t NextId() {
  static std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1);
}

bool SameKind(const AuditEvent& a, const AuditEvent& b) {
  if (a.reason != b.reason || a.protocol != b.protocol || a.peer_key != b.peer_key) return false;
  if (a.subject == b.subject) return true;
  return a.subject && b.subject && a.subject->machine == b.subject->machine &&
         a.subject->identity == b.subject->identity && a.subject->resource == b.subject->resource;
}

}  // namespace

AuditTrail::AuditTrail(Log& log)
    : log_(log),
      id_(NextId()),
      flusher_([this](const std::stop_token& stop) { FlushEverySecond(stop); }) {}

AuditTrail::~AuditTrail() {
  flusher_.request_stop();
  flusher_.join();
  for (const auto& lane : lanes_) Flush(lane.get());
}

AuditTrail::Lane& AuditTrail::Mine() {
  // A thread seldom serves more than one trail: the last one used is remembered.
  thread_local std::uint64_t owner = 0;
  thread_local std::shared_ptr<Lane> lane;
  if (owner != id_) {
    lane = std::make_shared<Lane>();
    owner = id_;
    std::lock_guard lock(lanes_mutex_);
    lanes_.push_back(lane);
  }
  return *lane;
}

bool AuditTrail::AddUp(const AuditEvent& event) {
  Lane& lane = Mine();
  const std::int64_t now = time(nullptr);
  std::lock_guard lock(lane.mutex);
  if (lane.second != now) {
    // Counters of the second before stay until the flusher comes round: they are still exact.
    lane.second = now;
    lane.lines = 0;
  }
  if (lane.lines < kLinesPerSecond) {
    ++lane.lines;
    return false;
  }
  for (Counter& counter : lane.counters) {
    if (SameKind(counter.event, event)) {
      ++counter.count;
      return true;
    }
  }
  AuditEvent kind = event;
  if (lane.counters.size() >= kKindsPerSecond) {
    kind.subject = nullptr;
    kind.peer_key = {};
    const auto same = std::find_if(lane.counters.begin(), lane.counters.end(),
                                   [&](const Counter& c) { return SameKind(c.event, kind); });
    if (same != lane.counters.end()) {
      ++same->count;
      return true;
    }
  }
  lane.counters.push_back({std::move(kind), 1});
  return true;
}

LogLevel AuditTrail::LevelOf(const AuditEvent& event) {
  if (event.reason.empty()) return LogLevel::kInfo;
  return event.reason == reasons::kMetadataHeader ? LogLevel::kDebug : LogLevel::kWarn;
}

void AuditTrail::Write(const AuditEvent& event, std::string_view peer, std::int64_t count) {
  static const AuditSubject many{"(many)", "(many)", "(many)"};
  const AuditSubject& subject = event.subject ? *event.subject : many;
  const bool issued = event.reason.empty();
  log_.Write(LevelOf(event), issued ? events::kTokenIssued : events::kTokenRefused,
             {{"protocol", event.protocol},
              {"machine", subject.machine},
              {"identity", subject.identity},
              {"resource", subject.resource},
              {"peer", peer},
              {"reason", event.reason},
              {"count", count}});
}

void AuditTrail::Flush(Lane* lane) {
  std::vector<Counter> counters;
  {
    std::lock_guard lock(lane->mutex);
    counters.swap(lane->counters);
  }
  for (const Counter& counter : counters) Write(counter.event, "(added up)", counter.count);
}

void AuditTrail::FlushEverySecond(const std::stop_token& stop) {
  std::unique_lock lock(lanes_mutex_);
  while (!stop.stop_requested()) {
    tick_.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
    const auto lanes = lanes_;
    lock.unlock();
    for (const auto& lane : lanes) Flush(lane.get());
    lock.lock();
  }
}

}  // namespace openimds
