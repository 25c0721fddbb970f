// SPDX-License-Identifier: Apache-2.0
#include "arm/text_format.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "arm/utf8.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

constexpr std::int64_t kMaxWidth = 1'000;

tl::unexpected<Error> BadPattern(const std::string& message) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateExpression, message);
}

// One `{index,width:specifier}`.
struct FormatItem {
  std::size_t index = 0;
  std::int64_t width = 0;
  std::string_view specifier;
};

template <class Number>
bool ReadWhole(std::string_view text, Number* number) {
  text = TrimSpace(text);
  const auto read = std::from_chars(text.data(), text.data() + text.size(), *number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

// `text` is what stands between the braces.
Result<FormatItem> ReadItem(std::string_view text) {
  FormatItem item;
  std::string_view left = text;
  if (const std::size_t colon = left.find(':'); colon != left.npos) {
    item.specifier = left.substr(colon + 1);
    left = left.substr(0, colon);
  }
  bool good = true;
  if (const std::size_t comma = left.find(','); comma != left.npos) {
    good = ReadWhole(left.substr(comma + 1), &item.width) && item.width >= -kMaxWidth &&
           item.width <= kMaxWidth;
    left = left.substr(0, comma);
  }
  if (good && ReadWhole(left, &item.index)) return item;
  return BadPattern("expected '{index}', '{index,width}' or '{index:format}', got '{" +
                    std::string(text.substr(0, 100)) + "}'");
}

std::string WithZeros(std::string digits, std::size_t width) {
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return digits;
}

std::string Hexadecimal(std::int64_t number, std::size_t width, bool upper) {
  char digits[17];
  const auto written =
      std::to_chars(digits, digits + sizeof digits, static_cast<std::uint64_t>(number), 16);
  std::string text(digits, written.ptr);
  if (upper) {
    for (char& c : text) {
      if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
    }
  }
  return WithZeros(std::move(text), width);
}

std::string Grouped(std::string digits, std::size_t decimals) {
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return decimals == 0 ? digits : digits + "." + std::string(decimals, '0');
}

std::string DigitsOf(std::int64_t number) {
  return number < 0 ? std::to_string(number).substr(1) : std::to_string(number);
}

// None if the specifier is not one of those that are served.
std::optional<std::string> FormatNumber(std::int64_t number, std::string_view specifier) {
  const std::string sign = number < 0 ? "-" : "";
  if (specifier.find_first_not_of('0') == specifier.npos) {
    return sign + WithZeros(DigitsOf(number), specifier.size());
  }
  std::size_t width = 0;
  const bool counted = specifier.size() > 1;
  if (counted && (!ReadWhole(specifier.substr(1), &width) || width > 99)) return std::nullopt;
  switch (specifier[0]) {
    case 'D':
    case 'd':
      return sign + WithZeros(DigitsOf(number), width);
    case 'X':
    case 'x':
      return Hexadecimal(number, width, specifier[0] == 'X');
    case 'N':
    case 'n':
      return sign + Grouped(DigitsOf(number), counted ? width : 2);
    case 'G':
    case 'g':
      return counted ? std::nullopt : std::optional(sign + DigitsOf(number));
    default:
      return std::nullopt;
  }
}

Result<std::string> FormatItemText(const FormatItem& item, std::span<const Value> arguments) {
  if (item.index >= arguments.size()) {
    return BadPattern("expected an argument for {" + std::to_string(item.index) + "}, got " +
                      std::to_string(arguments.size()));
  }
  const boost::json::value& value = *arguments[item.index];
  std::string text = WriteText(value);
  // Only numbers (and dates, which templates do not have) look at a specifier.
  if (const auto number = WholeNumberOf(value); number && !item.specifier.empty()) {
    const auto formatted = FormatNumber(*number, item.specifier);
    if (!formatted) {
      return BadPattern("expected a format like D4, X2, N0 or 000, got '" +
                        std::string(item.specifier.substr(0, 100)) + "'");
    }
    text = *formatted;
  }
  const auto width = static_cast<std::size_t>(item.width < 0 ? -item.width : item.width);
  const std::size_t have = CountCharacters(text);
  if (have >= width) return text;
  const std::string pad(width - have, ' ');
  return item.width < 0 ? text + pad : pad + text;
}

}  // namespace

Result<std::string> FormatComposite(std::string_view pattern, std::span<const Value> arguments,
                                    Budget& budget) {
  std::string text;
  for (std::size_t at = 0; at < pattern.size();) {
    const char c = pattern[at];
    if (c != '{' && c != '}') {
      text += pattern[at++];
      continue;
    }
    if (pattern.substr(at + 1, 1) == pattern.substr(at, 1)) {
      text += c;
      at += 2;
      continue;
    }
    const std::size_t end = pattern.find('}', at);
    if (c == '}' || end == pattern.npos) return BadPattern("expected braces in pairs");
    TRY(const FormatItem item, ReadItem(pattern.substr(at + 1, end - at - 1)));
    TRY(const std::string formatted, FormatItemText(item, arguments));
    TRY_VOID(budget.Grow(formatted.size()));
    text += formatted;
    at = end + 1;
  }
  return text;
}

}  // namespace openimds::templates
