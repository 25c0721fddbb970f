// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Small ASCII text tools. None of them looks at the locale.
namespace openimds {

char ToLowerAscii(char c);
std::string LowerAscii(std::string_view text);
bool EqualsIgnoringCase(std::string_view left, std::string_view right);
bool StartsWithIgnoringCase(std::string_view text, std::string_view prefix);

std::vector<std::string_view> Split(std::string_view text, char separator);
std::string_view TrimSpace(std::string_view text);  // spaces and tabs

// Whole decimal numbers only: no sign, no space, no overflow.
std::optional<std::uint64_t> ParseDecimal(std::string_view text);

// Insertions, deletions, replacements and swaps of neighbours that make `left` into `right`.
std::size_t EditDistance(std::string_view left, std::string_view right);

// The candidate nearest to `text`, if one is near enough to be what was meant.
std::optional<std::string_view> FindNearest(std::string_view text,
                                            const std::vector<std::string_view>& candidates);

// Appends `text` with `%41` and `+` (a space) decoded once. False if a percent sign is not followed
// by two hexadecimal digits; `decoded` is of no use then. What is appended may hold any byte.
bool AppendDecodedFormComponent(std::string_view text, std::string* decoded);

// The opposite: letters, digits and `-._*` as they are, a space as `+`, all else as `%41`.
std::string EncodeFormComponent(std::string_view text);

int HexValue(char c);  // 0 to 15; -1 for what is no hexadecimal digit
std::string LowerHex(std::string_view bytes);

// `2026-11-25T03:05:32Z`
std::string FormatIsoTime(std::int64_t unix_seconds);
// `Mon, 19 Sep 2016 18:29:47 GMT` (RFC 1123)
std::string FormatHttpTime(std::int64_t unix_seconds);

}  // namespace openimds
