// SPDX-License-Identifier: Apache-2.0
#include "arm/lenient_json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "arm/utf8.h"
#include "base/reasons.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$';
}

TextPlace PlaceOf(std::string_view text, std::size_t at) {
  TextPlace place;
  const std::string_view before = text.substr(0, at);
  place.line += static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  const std::size_t newline = before.rfind('\n');
  place.column = newline == std::string_view::npos ? at + 1 : at - newline;
  return place;
}

class LenientReader {
 public:
  // `wanted` is a path whose place is to be noted; null if none is.
  LenientReader(std::string_view text, const std::string_view* wanted)
      : text_(text), wanted_(wanted) {
    if (text_.substr(0, 3) == "\xef\xbb\xbf") at_ = 3;
  }

  Result<json::value> ReadAll() {
    TRY(json::value value, ReadValue(0));
    TRY_VOID(SkipSpace());
    if (at_ != text_.size()) return Expected("the end of the text");
    return value;
  }

  std::optional<std::size_t> found() const { return found_; }

 private:
  tl::unexpected<Error> FailHere(std::string_view reason, const std::string& message) const {
    const TextPlace place = PlaceOf(text_, at_);
    return Fail(ErrorKind::kInvalidRequest, reason,
                "line " + std::to_string(place.line) + ", column " + std::to_string(place.column) +
                    ": " + message);
  }

  tl::unexpected<Error> Expected(const std::string& what) const {
    std::string got = "the end";
    if (at_ < text_.size()) {
      const unsigned char c = static_cast<unsigned char>(text_[at_]);
      got = c > ' ' && c < 0x7f ? "'" + std::string(1, text_[at_]) + "'"
                                : "byte " + LowerHex({&text_[at_], 1});
    }
    return FailHere(reasons::kTemplateUnreadable, "expected " + what + ", got " + got);
  }

  bool LookingAt(std::string_view what) const { return text_.substr(at_, what.size()) == what; }

  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Result<void> SkipSpace() {
    while (at_ < text_.size()) {
      if (LookingAt("//")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (LookingAt("/*")) {
        const std::size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) {
          return FailHere(reasons::kTemplateUnreadable, "expected '*/' after this '/*'");
        }
        at_ = end + 2;
      } else if (std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) {
        ++at_;
      } else {
        break;
      }
    }
    return {};
  }

  Result<json::value> ReadValue(std::size_t depth) {
    TRY_VOID(SkipSpace());
    if (wanted_ && !found_ && path_ == *wanted_) found_ = at_;
    if (depth > kMaxJsonDepth) {
      return FailHere(reasons::kTemplateLimit,
                      "expected at most " + std::to_string(kMaxJsonDepth) + " levels of nesting");
    }
    if (at_ >= text_.size()) return Expected("a value");
    switch (text_[at_]) {
      case '{':
        return ReadObject(depth);
      case '[':
        return ReadArray(depth);
      case '"':
      case '\'': {
        TRY(std::string text, ReadString());
        return json::value(std::move(text));
      }
      default:
        return ReadWord();
    }
  }

  Result<json::value> ReadObject(std::size_t depth) {
    json::object object;
    ++at_;
    TRY_VOID(SkipSpace());
    while (!Take('}')) {
      const std::size_t begin = at_;
      TRY(const std::string name, ReadName());
      TRY_VOID(SkipSpace());
      if (!Take(':')) return Expected("':' after the name '" + name.substr(0, 100) + "'");
      const std::size_t path_size = Enter(name);
      TRY(json::value value, ReadValue(depth + 1));
      path_.resize(path_size);
      if (!object.emplace(name, std::move(value)).second) {
        at_ = begin;
        return FailHere(reasons::kTemplateUnreadable,
                        "expected each name once, got '" + name.substr(0, 100) + "' again");
      }
      TRY_VOID(SkipSpace());
      if (!Take(',') && !LookingAt("}")) return Expected("',' or '}'");
      TRY_VOID(SkipSpace());
    }
    return json::value(std::move(object));
  }

  Result<json::value> ReadArray(std::size_t depth) {
    json::array array;
    ++at_;
    TRY_VOID(SkipSpace());
    while (!Take(']')) {
      const std::size_t path_size = path_.size();
      if (wanted_) path_ += "[" + std::to_string(array.size()) + "]";
      TRY(json::value value, ReadValue(depth + 1));
      path_.resize(path_size);
      array.push_back(std::move(value));
      TRY_VOID(SkipSpace());
      if (!Take(',') && !LookingAt("]")) return Expected("',' or ']'");
      TRY_VOID(SkipSpace());
    }
    return json::value(std::move(array));
  }

  // Returns how long the path was before.
  std::size_t Enter(const std::string& name) {
    const std::size_t size = path_.size();
    if (wanted_) path_ += (path_.empty() ? "" : ".") + name;
    return size;
  }

  Result<std::string> ReadName() {
    if (LookingAt("\"") || LookingAt("'")) return ReadString();
    const std::size_t begin = at_;
    while (at_ < text_.size() && IsNameByte(text_[at_])) ++at_;
    if (at_ == begin) return Expected("a name or '}'");
    return std::string(text_.substr(begin, at_ - begin));
  }

  Result<std::string> ReadString() {
    const std::size_t begin = at_;
    const char quote = text_[at_++];
    std::string value;
    for (;;) {
      const char ends[] = {quote, '\\'};
      const std::size_t end = text_.find_first_of(std::string_view(ends, 2), at_);
      if (end == std::string_view::npos) {
        at_ = begin;
        return FailHere(reasons::kTemplateUnreadable, "expected this string to end");
      }
      value += text_.substr(at_, end - at_);
      at_ = end + 1;
      if (text_[end] == quote) break;
      TRY_VOID(ReadEscape(&value));
    }
    if (!IsUtf8(value)) {
      at_ = begin;
      return FailHere(reasons::kTemplateUnreadable, "expected UTF-8 in this string");
    }
    return value;
  }

  Result<void> ReadEscape(std::string* value) {
    constexpr std::string_view kLetters = "\"\\/'bfnrt";
    constexpr std::string_view kMeanings = "\"\\/'\b\f\n\r\t";
    if (Take('u')) return ReadCodeUnits(value);
    const std::size_t letter = at_ < text_.size() ? kLetters.find(text_[at_]) : kLetters.npos;
    if (letter == std::string_view::npos) return Expected("one of \"\\/bfnrtu after '\\'");
    *value += kMeanings[letter];
    ++at_;
    return {};
  }

  // What follows `\u`: four digits, and a second escape if they are the first half of a pair.
  Result<void> ReadCodeUnits(std::string* value) {
    TRY(std::uint32_t code, ReadFourDigits());
    if (code >= 0xdc00 && code <= 0xdfff) return Expected("a first half of a pair before this");
    if (code >= 0xd800 && code <= 0xdbff) {
      if (!LookingAt("\\u")) return Expected("'\\u' and the second half of the pair");
      at_ += 2;
      TRY(const std::uint32_t low, ReadFourDigits());
      if (low < 0xdc00 || low > 0xdfff) return Expected("the second half of a pair before this");
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    AppendUtf8(code, value);
    return {};
  }

  Result<std::uint32_t> ReadFourDigits() {
    std::uint32_t code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const int digit = at_ < text_.size() ? HexValue(text_[at_]) : -1;
      if (digit < 0) return Expected("four hexadecimal digits after '\\u'");
      code = code << 4 | static_cast<std::uint32_t>(digit);
    }
    return code;
  }

  Result<json::value> ReadWord() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (IsNameByte(text_[at_]) || text_[at_] == '+' ||
                                  text_[at_] == '-' || text_[at_] == '.')) {
      ++at_;
    }
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (word == "true") return json::value(true);
    if (word == "false") return json::value(false);
    if (word == "null") return json::value(nullptr);
    if (const auto number = ReadNumber(word)) return *number;
    at_ = begin;
    return Expected("a value");
  }

  static std::optional<json::value> ReadNumber(std::string_view word) {
    const std::string_view digits = word.substr(word.substr(0, 1) == "-" ? 1 : 0);
    if (digits.empty() || digits[0] < '0' || digits[0] > '9') return std::nullopt;
    if (digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9') {
      return std::nullopt;
    }
    std::int64_t integer = 0;
    const char* const end = word.data() + word.size();
    auto read = std::from_chars(word.data(), end, integer);
    if (read.ec == std::errc() && read.ptr == end) return json::value(integer);
    std::uint64_t natural = 0;
    read = std::from_chars(word.data(), end, natural);
    if (read.ec == std::errc() && read.ptr == end) return json::value(natural);
    double real = 0;
    read = std::from_chars(word.data(), end, real);
    if (read.ec != std::errc() || read.ptr != end || !std::isfinite(real)) return std::nullopt;
    return json::value(real);
  }

  const std::string_view text_;
  const std::string_view* const wanted_;
  std::size_t at_ = 0;
  std::string path_;
  std::optional<std::size_t> found_;
};

}  // namespace

Result<json::value> ReadLenientJson(std::string_view text) {
  if (text.size() > kMaxJsonBytes) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateLimit,
                "expected at most " + std::to_string(kMaxJsonBytes) + " bytes of JSON, got " +
                    std::to_string(text.size()));
  }
  return LenientReader(text, nullptr).ReadAll();
}

std::optional<TextPlace> FindInText(std::string_view text, std::string_view path) {
  if (text.size() > kMaxJsonBytes) return std::nullopt;
  LenientReader reader(text, &path);
  if (!reader.ReadAll() || !reader.found()) return std::nullopt;
  return PlaceOf(text, *reader.found());
}

}  // namespace openimds::templates
