// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Characters of UTF-8. The template functions count characters, not bytes, and not the halves of
// UTF-16 that .NET counts: the two differ beyond U+FFFF only.
namespace openimds::templates {

bool IsUtf8(std::string_view text);  // well-formed, shortest form, no surrogates

void AppendUtf8(std::uint32_t code, std::string* text);

std::size_t CountCharacters(std::string_view utf8);

// At most `count` characters from character `first` on; what is not there is left out.
std::string_view SliceCharacters(std::string_view utf8, std::size_t first, std::size_t count);

}  // namespace openimds::templates
