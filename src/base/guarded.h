// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <utility>

namespace openimds {

// Data that lives inside its lock: there is no way to it but Lock(). Hold the guard for a few
// statements, never across I/O.
template <class T>
class Guarded {
 public:
  class Guard {
   public:
    explicit Guard(Guarded& owner) : lock_(owner.mutex_), data_(owner.data_) {}
    T* operator->() { return &data_; }
    T& operator*() { return data_; }
    std::unique_lock<std::mutex>& lock() { return lock_; }  // for condition variables

   private:
    std::unique_lock<std::mutex> lock_;
    T& data_;
  };

  template <class... Arguments>
  explicit Guarded(Arguments&&... arguments) : data_(std::forward<Arguments>(arguments)...) {}
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  Guard Lock() { return Guard(*this); }

 private:
  std::mutex mutex_;
  T data_;
};

}  // namespace openimds
