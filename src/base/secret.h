// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace openimds {

// Bytes that must not be seen: wiped when destroyed or moved from, compared in constant time, and
// printed as `[secret]`. `RevealSecret()` is the only way to the bytes, and easy to search for.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other);
  // A copy, because a moved-from short string keeps its bytes inside itself.
  // NOLINTNEXTLINE(performance-move-constructor-init)
  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { other.Wipe(); }
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { Wipe(); }

  std::string_view RevealSecret() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }

  // Constant time in the content; the length is not hidden.
  friend bool operator==(const Secret& left, const Secret& right);

 private:
  void Wipe();

  std::string bytes_;
};

// What a log or a test failure shows.
template <class Stream>
Stream& operator<<(Stream& out, const Secret&) {
  out << "[secret]";
  return out;
}

}  // namespace openimds
