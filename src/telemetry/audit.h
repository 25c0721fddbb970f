// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "telemetry/log.h"

namespace openimds {

// What a token event is about. Shared, so that a token handed out a million times is described
// once.
struct AuditSubject {
  std::string machine;   // resource id; empty if the caller is not known
  std::string identity;  // resource id; empty if none was chosen
  std::string resource;  // the audience asked for; empty if none
};

struct AuditEvent {
  std::string_view protocol;  // static storage
  std::shared_ptr<const AuditSubject> subject;
  std::array<std::uint8_t, 16> peer_key{};  // what calls of one peer have in common
  std::string_view reason;                  // from reasons.h; empty: the token was issued
};

// The audit trail: one log event for each token issued or refused, with machine, identity,
// resource, peer and reason code, never the token.
//
// Under a flood it stays exact in count and bounded in size: after the first kLinesPerSecond lines
// of a second, a thread adds up equal events and writes each kind once, with `count`, when the
// second is over. Events that differ too much to be kept apart are added up by protocol and reason.
//
// Issued: info. Refused: warn, but debug for a request without the Metadata header: SDKs probe so
// on purpose, and nobody wants to be woken by it.
//
// Every thread may record; nothing here waits for the log.
class AuditTrail {
 public:
  static constexpr int kLinesPerSecond = 100;
  static constexpr std::size_t kKindsPerSecond = 256;

  explicit AuditTrail(Log& log);
  ~AuditTrail();  // writes what is still added up

  // `peer` is called only if the line is written now.
  template <class DescribePeer>
  void Record(const AuditEvent& event, DescribePeer&& peer) {
    if (!log_.Enabled(LevelOf(event)) || AddUp(event)) return;
    Write(event, peer(), 1);
  }

 private:
  struct Counter {
    AuditEvent event;
    std::int64_t count = 0;
  };
  struct Lane {  // one thread's share
    std::mutex mutex;
    std::int64_t second = 0;
    int lines = 0;
    std::vector<Counter> counters;
  };

  static LogLevel LevelOf(const AuditEvent& event);
  // True if the event was added to a counter instead of being due for a line.
  bool AddUp(const AuditEvent& event);
  Lane& Mine();
  void Write(const AuditEvent& event, std::string_view peer, std::int64_t count);
  void Flush(Lane* lane);
  void FlushEverySecond(const std::stop_token& stop);

  Log& log_;
  const std::uint64_t id_;
  std::mutex lanes_mutex_;
  std::vector<std::shared_ptr<Lane>> lanes_;
  std::condition_variable_any tick_;
  std::jthread flusher_;
};

}  // namespace openimds
