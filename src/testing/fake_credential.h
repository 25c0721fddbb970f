// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "tokens/credential.h"

namespace openimds {

// Gives `token-1`, `token-2`, …, each valid for `lifetime`; fails or waits when told to; counts.
class FakeCredential final : public Credential {
 public:
  explicit FakeCredential(std::chrono::seconds lifetime, TokenScope scope = TokenScope::kMachine)
      : lifetime_(lifetime), scope_(scope) {}

  TokenScope ScopeFor(const Identity&) const override { return scope_; }

  Result<AccessToken> Fetch(const TokenRequest&, Time now) override {
    std::unique_lock lock(mutex_);
    ++calls_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !held_; });
    if (error_) return tl::unexpected<Error>(*error_);
    return AccessToken{Secret("token-" + std::to_string(++given_)), now, now + lifetime_};
  }

  void FailWith(Error error) {
    std::lock_guard lock(mutex_);
    error_ = std::move(error);
  }
  void Recover() {
    std::lock_guard lock(mutex_);
    error_.reset();
  }
  void HoldFetches() {
    std::lock_guard lock(mutex_);
    held_ = true;
    calls_before_hold_ = calls_;
  }
  void WaitUntilFetching() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return calls_ > calls_before_hold_; });
  }
  void ReleaseFetches() {
    std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }
  int calls() {
    std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  const std::chrono::seconds lifetime_;
  const TokenScope scope_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Error> error_;
  bool held_ = false;
  int calls_ = 0, calls_before_hold_ = 0, given_ = 0;
};

}  // namespace openimds
