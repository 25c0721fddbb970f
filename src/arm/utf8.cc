// SPDX-License-Identifier: Apache-2.0
#include "arm/utf8.h"

#include <algorithm>

namespace openimds::templates {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// How long the character that begins here is, if it is well formed; else 0.
std::size_t CharacterSize(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return 1;
  const std::size_t size = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  if (byte(0) < 0xc2 || byte(0) > 0xf4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (!IsContinuation(text[i])) return 0;
  }
  const bool overlong = (byte(0) == 0xe0 && byte(1) < 0xa0) || (byte(0) == 0xf0 && byte(1) < 0x90);
  const bool surrogate = byte(0) == 0xed && byte(1) > 0x9f;
  const bool beyond = byte(0) == 0xf4 && byte(1) > 0x8f;
  return overlong || surrogate || beyond ? 0 : size;
}

// Where character `count` begins.
std::size_t OffsetOf(std::string_view utf8, std::size_t count) {
  std::size_t at = 0;
  for (; count > 0 && at < utf8.size(); --count) {
    for (++at; at < utf8.size() && IsContinuation(utf8[at]); ++at) {
    }
  }
  return at;
}

}  // namespace

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = CharacterSize(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

void AppendUtf8(std::uint32_t code, std::string* text) {
  const auto continuation = [&](unsigned shift) {
    text->push_back(static_cast<char>(0x80 | (code >> shift & 0x3f)));
  };
  if (code < 0x80) {
    text->push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    text->push_back(static_cast<char>(0xc0 | code >> 6));
    continuation(0);
  } else if (code < 0x10000) {
    text->push_back(static_cast<char>(0xe0 | code >> 12));
    continuation(6);
    continuation(0);
  } else {
    text->push_back(static_cast<char>(0xf0 | code >> 18));
    continuation(12);
    continuation(6);
    continuation(0);
  }
}

std::size_t CountCharacters(std::string_view utf8) {
  return utf8.size() -
         static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), IsContinuation));
}

std::string_view SliceCharacters(std::string_view utf8, std::size_t first, std::size_t count) {
  const std::size_t begin = OffsetOf(utf8, first);
  const std::string_view rest = utf8.substr(begin);
  return rest.substr(0, OffsetOf(rest, count));
}

}  // namespace openimds::templates
