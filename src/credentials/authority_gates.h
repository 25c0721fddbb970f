// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "tokens/retry_pause.h"

namespace openimds {

// One gate for each authority, so that one that is down or throttles is left in peace by all
// identities together: it closes at once for as long as the authority asked for, or after
// kTroubleLimit failures in a row for a pause that grows. When the pause is over one call goes
// through as a probe, and its outcome opens or closes the gate. Every thread may call everything.
class AuthorityGates {
 public:
  static constexpr int kTroubleLimit = 3;

  // Whoever got in reports the outcome with one of the two below. Fails with the failure that
  // closed the gate, its `retry_after` what is left of the pause.
  Result<void> Enter(const std::string& authority, SteadyTime now);

  // It answered: with a token, or with a refusal that is about the caller and not about it.
  void Answered(const std::string& authority);
  // It could not be reached, was in trouble, or said "too many".
  void Failed(const std::string& authority, const Error& error, SteadyTime now);

  void OpenAll();  // somebody has mended something

 private:
  struct Gate {
    RetryPause pause;
    int failures = 0;
    bool closed = false;
    bool probing = false;
    Error last{ErrorKind::kUnavailable, {}, {}};
  };

  std::mutex mutex_;
  std::map<std::string, Gate> gates_;  // of authorities that failed since they last answered
};

}  // namespace openimds
