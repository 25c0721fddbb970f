// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>

namespace openimds {

// Room in an immutable, shared value for what somebody makes of it and wants to keep as long as the
// value lives: made once, by the first thread that asks. Every thread may call Get().
class KeptOnce {
 public:
  // `make()` returns a shared_ptr<const T>. REQUIRES: one type T for each KeptOnce.
  template <class T, class Make>
  const T& Get(Make&& make) const {
    std::call_once(once_, [&] { value_ = std::shared_ptr<const T>(make()); });
    return *static_cast<const T*>(value_.get());
  }

 private:
  mutable std::once_flag once_;
  mutable std::shared_ptr<const void> value_;
};

}  // namespace openimds
