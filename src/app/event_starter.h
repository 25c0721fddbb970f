// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "registry/registry.h"
#include "telemetry/log.h"

namespace openimds {

// A thread that starts scheduled events when their time has come, so that everybody sees it at that
// moment and finds it after a restart. It looks at the registry once a second, and when the next
// event is due. A store that cannot be written is asked again a second later.
class EventStarter {
 public:
  // Starts what became due while nothing ran, before it returns; then the thread goes on. Both
  // must outlive it.
  EventStarter(Registry& registry, const Clock& clock, Log& log);
  ~EventStarter();  // waits for the thread

 private:
  void StartDue();
  void Run(const std::stop_token& stop);

  Registry& registry_;
  const Clock& clock_;
  Log& log_;
  bool failing_ = false;  // so that one trouble is one line in the log
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: it uses the rest
};

}  // namespace openimds
