// SPDX-License-Identifier: Apache-2.0
#include "credentials/authority_gates.h"

namespace openimds {

Result<void> AuthorityGates::Enter(const std::string& authority, SteadyTime now) {
  std::lock_guard lock(mutex_);
  const auto found = gates_.find(authority);
  if (found == gates_.end()) return {};
  Gate& gate = found->second;
  if (!gate.closed) return {};
  if (gate.pause.IsOver(now) && !gate.probing) {
    gate.probing = true;
    return {};
  }
  Error error = gate.last;
  error.retry_after = gate.pause.Left(now);
  return tl::unexpected<Error>(std::move(error));
}

void AuthorityGates::Answered(const std::string& authority) {
  std::lock_guard lock(mutex_);
  gates_.erase(authority);
}

void AuthorityGates::Failed(const std::string& authority, const Error& error, SteadyTime now) {
  std::lock_guard lock(mutex_);
  Gate& gate = gates_[authority];
  gate.probing = false;
  gate.last = error;
  ++gate.failures;
  const bool asked = error.retry_after > std::chrono::seconds{0};
  if (!asked && !gate.closed && gate.failures < kTroubleLimit) return;
  gate.closed = true;
  gate.pause.Failed(now, error.retry_after);
}

void AuthorityGates::OpenAll() {
  std::lock_guard lock(mutex_);
  gates_.clear();
}

}  // namespace openimds
