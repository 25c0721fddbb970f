// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace openimds {

// A GUID as Azure writes it: `aaaaaaaa-0000-0000-0000-000000000001`, lower-case when rendered,
// any case when parsed. No braces, no other spelling.
class Guid {
 public:
  static constexpr std::size_t kTextSize = 36;

  Guid() = default;  // all zero
  explicit Guid(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}

  static std::optional<Guid> Parse(std::string_view text);
  static Guid Random();  // version 4, from the kernel's generator

  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  std::string ToString() const;
  void Write(char* out) const;  // exactly kTextSize characters

  friend auto operator<=>(const Guid&, const Guid&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

}  // namespace openimds

template <>
struct std::hash<openimds::Guid> {
  std::size_t operator()(const openimds::Guid& guid) const noexcept {
    std::uint64_t low, high;
    std::memcpy(&low, guid.bytes().data(), 8);
    std::memcpy(&high, guid.bytes().data() + 8, 8);
    return static_cast<std::size_t>((low ^ (high * 0x9e3779b97f4a7c15ULL)) * 0xff51afd7ed558ccdULL);
  }
};
