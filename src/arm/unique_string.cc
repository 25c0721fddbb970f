// SPDX-License-Identifier: Apache-2.0
#include "arm/unique_string.h"

#include <bit>
#include <cstdint>

namespace openimds::templates {
namespace {

constexpr std::uint32_t kFirstFactor = 0x239b961b;
constexpr std::uint32_t kSecondFactor = 0xab0e9789;

// Up to four bytes, the first one lowest.
std::uint32_t LittleEndian(std::string_view bytes) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 4; ++i) {
    word |= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return word;
}

std::uint32_t MixFirst(std::uint32_t word) {
  return std::rotl(word * kFirstFactor, 15) * kSecondFactor;
}

std::uint32_t MixSecond(std::uint32_t word) {
  return std::rotl(word * kSecondFactor, 17) * kFirstFactor;
}

std::uint32_t Avalanche(std::uint32_t lane) {
  lane = (lane ^ lane >> 16) * 0x85ebca6b;
  lane = (lane ^ lane >> 13) * 0xc2b2ae35;
  return lane ^ lane >> 16;
}

std::uint64_t Hash(std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  std::uint32_t first = 0, second = 0;
  for (; text.size() >= 8; text.remove_prefix(8)) {
    first ^= MixFirst(LittleEndian(text));
    first = (std::rotl(first, 19) + second) * 5 + 0x561ccd1b;
    second ^= MixSecond(LittleEndian(text.substr(4)));
    second = (std::rotl(second, 13) + first) * 5 + 0x0bcaa747;
  }
  first ^= MixFirst(LittleEndian(text));
  if (text.size() > 4) second ^= MixSecond(LittleEndian(text.substr(4)));
  first ^= size;
  second ^= size;
  first += second;
  second += first;
  first = Avalanche(first);
  second = Avalanche(second);
  first += second;
  second += first;
  return std::uint64_t{second} << 32 | first;
}

}  // namespace

std::string UniqueString(std::string_view text) {
  constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
  std::uint64_t bits = Hash(text);
  std::string encoded;
  for (int i = 0; i < 13; ++i, bits <<= 5) encoded += kAlphabet[bits >> 59];
  return encoded;
}

}  // namespace openimds::templates
