// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace openimds {

// Bytes that must not be seen: kept in memory that no core dump holds (base/undumped_memory.h),
// wiped when destroyed, compared in constant time, and printed as `[secret]`. `RevealSecret()` is
// the only way to the bytes, and easy to search for.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string&& bytes);     // wipes `bytes` and leaves it empty
  explicit Secret(std::string_view bytes);  // copies; what happens to `bytes` is the caller's
  explicit Secret(const std::string& bytes) : Secret(std::string_view(bytes)) {}
  explicit Secret(const char* bytes) : Secret(std::string_view(bytes)) {}
  Secret(const Secret& other) : Secret(other.RevealSecret()) {}
  Secret(Secret&& other) noexcept
      : bytes_(std::exchange(other.bytes_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Secret& operator=(Secret other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Secret();

  // Stays good while this Secret, or the one that it is moved to, lives unchanged.
  std::string_view RevealSecret() const { return {bytes_, size_}; }
  bool empty() const { return size_ == 0; }

  // Constant time in the content; the length is not hidden.
  friend bool operator==(const Secret& left, const Secret& right);

 private:
  char* bytes_ = nullptr;
  std::size_t size_ = 0;
};

// What a log or a test failure shows.
template <class Stream>
Stream& operator<<(Stream& out, const Secret&) {
  out << "[secret]";
  return out;
}

}  // namespace openimds
