// SPDX-License-Identifier: Apache-2.0
#include "base/guid.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/descriptor.h"
#include "base/text.h"

namespace openimds {
namespace {

// Where the hyphens stand in the text.
constexpr bool IsHyphen(std::size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

// For guests whose kernel is older than getrandom() (3.17).
bool ReadGenerator(std::array<std::uint8_t, 16>& bytes) {
  const Descriptor generator(open("/dev/urandom", O_RDONLY | O_CLOEXEC));
  return read(generator.get(), bytes.data(), bytes.size()) == ssize_t{16};
}

}  // namespace

std::optional<Guid> Guid::Parse(std::string_view text) {
  if (text.size() != kTextSize) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  std::size_t digit = 0;
  for (std::size_t i = 0; i < kTextSize; ++i) {
    if (IsHyphen(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = HexValue(text[i]);
    if (value < 0) return std::nullopt;
    auto& byte = bytes[digit / 2];
    byte = static_cast<std::uint8_t>(byte * 16 + value);
    ++digit;
  }
  return Guid(bytes);
}

Guid Guid::Random() {
  std::array<std::uint8_t, 16> bytes{};
  // 16 bytes are always given whole once the kernel's generator is seeded.
  const bool filled = getrandom(bytes.data(), bytes.size(), 0) == ssize_t{16} ||
                      (errno == ENOSYS && ReadGenerator(bytes));
  if (!filled) std::abort();
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  return Guid(bytes);
}

void Guid::Write(char* out) const {
  constexpr char kDigits[] = "0123456789abcdef";
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    *out++ = kDigits[bytes_[i] >> 4];
    *out++ = kDigits[bytes_[i] & 15];
  }
}

std::string Guid::ToString() const {
  std::string text(kTextSize, '-');
  Write(text.data());
  return text;
}

}  // namespace openimds
