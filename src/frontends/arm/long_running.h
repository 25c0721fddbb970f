// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "frontends/arm/answer.h"
#include "frontends/arm/call.h"
#include "http/worker_pool.h"

namespace openimds::arm {

// Answers that come later, as a large cloud gives them: for those who want to see that their
// clients can wait. A deployment really runs on after its answer; everything else is done at once,
// is refused at once if it cannot be, and only says for a while that it is not done yet.
//
// Every thread may call everything.
class LongRunning {
 public:
  // What takes time takes at least `takes`, by `clock`.
  LongRunning(std::chrono::seconds takes, const Clock& clock);
  ~LongRunning();  // as Stop()

  // Runs `work` behind what was begun before. False, and nothing done, if too much waits already.
  bool Start(std::function<void()> work) { return pool_.TryRun(std::move(work)); }

  // Ends what runs, at its next step, and waits for that.
  void Stop();
  bool IsStopping() const { return stopping_; }

  // What the client of `call` gets for `done`: that itself, or where to ask for it.
  Answer Present(const Call& call, Answer done);

  // An operation as its own client, `principal`, asks for it: whether it is done, and how it
  // ended. None for an id that is unknown, another's, or forgotten, an hour after it was given.
  struct Operation {
    Guid principal;
    Time began{};
    Time done_at{};
    Answer answer{};
    bool is_done = false;
  };
  std::optional<Operation> Find(const Guid& id, const Guid& principal);

  // Whether so long has passed since `began` that it may be done.
  bool MayBeDone(Time began) const { return clock_.Now() >= began + takes_; }

 private:
  Guid Keep(const Call& call, Answer done);
  void ForgetOld(Time now);  // under mutex_

  const std::chrono::seconds takes_;
  const Clock& clock_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::map<Guid, Operation> operations_;  // under mutex_
  http::WorkerPool pool_;                 // last: what runs on it uses the rest
};

// `Retry-After: 1`: without it clients wait for half a minute.
void AskAgainSoon(Answer* answer);

}  // namespace openimds::arm
