// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "arm/function_groups.h"
#include "arm/text_format.h"
#include "arm/utf8.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

std::string UpperAscii(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

Result<Value> ToLower(FunctionCall& call) {
  TRY(const std::string_view text, call.Text(0));
  return call.GiveText(LowerAscii(text));
}

Result<Value> ToUpper(FunctionCall& call) {
  TRY(const std::string_view text, call.Text(0));
  return call.GiveText(UpperAscii(text));
}

Result<Value> Trim(FunctionCall& call) {
  TRY(std::string_view text, call.Text(0));
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  return call.GiveText(text.substr(0, text.find_last_not_of(kSpace) + 1));
}

Result<Value> Replace(FunctionCall& call) {
  TRY(const std::string_view text, call.Text(0));
  TRY(const std::string_view old_text, call.Text(1));
  TRY(const std::string_view new_text, call.Text(2));
  if (old_text.empty()) return call.FailCall("expected the text to replace not to be empty");
  TRY_VOID(call.Search(text, old_text));
  std::string replaced;
  std::size_t at = 0;
  for (std::size_t found; (found = text.find(old_text, at)) != text.npos;
       at = found + old_text.size()) {
    TRY_VOID(call.budget().Grow(new_text.size()));
    replaced.append(text, at, found - at).append(new_text);
  }
  replaced.append(text, at);
  return call.GiveText(replaced);
}

Result<Value> StartsWith(FunctionCall& call) {
  TRY(const std::string_view text, call.Text(0));
  TRY(const std::string_view start, call.Text(1));
  return call.Give(StartsWithIgnoringCase(text, start));
}

Result<Value> EndsWith(FunctionCall& call) {
  TRY(const std::string_view text, call.Text(0));
  TRY(const std::string_view end, call.Text(1));
  return call.Give(text.size() >= end.size() &&
                   EqualsIgnoringCase(text.substr(text.size() - end.size()), end));
}

Result<Value> PadLeft(FunctionCall& call) {
  const std::string text = WriteText(call.argument(0));
  if (call.argument(0).is_structured()) return call.Wrong(0, "a string or a number");
  TRY(const std::int64_t width, call.Number(1));
  std::string_view pad = " ";
  if (call.size() > 2) {
    TRY(pad, call.Text(2));
  }
  if (CountCharacters(pad) != 1) return call.FailCall("expected one character to pad with");
  if (width < 0 || width > 16'384) return call.FailCall("expected a width of 0 to 16,384");
  const std::size_t have = CountCharacters(text);
  std::string padded;
  for (std::size_t i = have; i < static_cast<std::size_t>(width); ++i) padded += pad;
  return call.GiveText(padded + text);
}

Result<Value> Substring(FunctionCall& call) {
  TRY(const std::string_view text, call.Text(0));
  TRY(const std::int64_t start, call.Number(1));
  const auto size = static_cast<std::int64_t>(CountCharacters(text));
  std::int64_t length = size - start;
  if (call.size() > 2) {
    TRY(length, call.Number(2));
  }
  if (start < 0 || start > size || length < 0 || length > size - start) {
    return call.FailCall("expected a part of a string of " + std::to_string(size) +
                         " characters, got start " + std::to_string(start) + " and length " +
                         std::to_string(length));
  }
  return call.GiveText(
      SliceCharacters(text, static_cast<std::size_t>(start), static_cast<std::size_t>(length)));
}

// Where `text` splits next, at or after `from`: the earliest delimiter, and how long it is.
std::pair<std::size_t, std::size_t> FindDelimiter(std::string_view text, std::size_t from,
                                                  const std::vector<std::string_view>& delimiters) {
  std::pair<std::size_t, std::size_t> first{text.npos, 0};
  for (const std::string_view delimiter : delimiters) {
    const std::size_t found = delimiter.empty() ? text.npos : text.find(delimiter, from);
    if (found < first.first) first = {found, delimiter.size()};
  }
  return first;
}

Result<std::vector<std::string_view>> DelimitersOf(const FunctionCall& call) {
  std::vector<std::string_view> delimiters;
  if (const json::array* array = call.argument(1).if_array()) {
    for (const json::value& delimiter : *array) {
      if (!delimiter.is_string()) return call.Wrong(1, "a string or an array of strings");
      delimiters.push_back(ViewOf(delimiter.get_string()));
    }
  } else {
    TRY(const std::string_view delimiter, call.Text(1));
    delimiters.push_back(delimiter);
  }
  return delimiters;
}

Result<Value> SplitText(FunctionCall& call) {
  TRY(const std::string_view text, call.Text(0));
  TRY(const auto delimiters, DelimitersOf(call));
  TRY_VOID(call.Search(text, delimiters.empty() ? "" : delimiters.front()));
  json::array parts;
  for (std::size_t at = 0;;) {
    // Each time, every delimiter may be looked for to the end.
    for (const std::string_view delimiter : delimiters) {
      TRY_VOID(call.Search(delimiters.size() > 1 ? text.substr(at) : "", delimiter));
    }
    TRY_VOID(call.budget().Step());
    const auto [found, size] = FindDelimiter(text, at, delimiters);
    const std::string_view part = text.substr(at, found - at);
    TRY_VOID(call.budget().Grow(part.size()));
    parts.emplace_back(json::string(part.data(), part.size()));
    if (found == text.npos) break;
    at = found + size;
  }
  return call.Give(std::move(parts));
}

Result<Value> Join(FunctionCall& call) {
  TRY(const json::array* const array, call.Array(0));
  TRY(const std::string_view delimiter, call.Text(1));
  std::string joined;
  for (std::size_t i = 0; i < array->size(); ++i) {
    const std::string part = WriteText((*array)[i]);
    TRY_VOID(call.budget().Grow(part.size() + delimiter.size()));
    joined.append(i == 0 ? std::string_view() : delimiter).append(part);
  }
  return call.GiveText(joined);
}

Result<Value> String(FunctionCall& call) {
  TRY_VOID(call.LookThrough(call.argument(0)));
  return call.GiveText(WriteText(call.argument(0)));
}

Result<Value> Format(FunctionCall& call) {
  TRY(const std::string_view pattern, call.Text(0));
  for (const Value& argument : call.arguments()) TRY_VOID(call.LookThrough(*argument));
  auto text = FormatComposite(pattern, call.arguments().subspan(1), call.budget());
  if (!text && text.error().reason != reasons::kTemplateLimit) {
    return call.FailCall(text.error().message);
  }
  if (!text) return tl::unexpected<Error>(std::move(text.error()));
  return call.GiveText(*text);
}

constexpr TemplateFunction kFunctions[] = {
    {"endsWith", 2, 2, EndsWith},
    {"format", 1, TemplateFunction::kAny, Format},
    {"join", 2, 2, Join},
    {"padLeft", 2, 3, PadLeft},
    {"replace", 3, 3, Replace},
    {"split", 2, 2, SplitText},
    {"startsWith", 2, 2, StartsWith},
    {"string", 1, 1, String},
    {"substring", 2, 3, Substring},
    {"toLower", 1, 1, ToLower},
    {"toUpper", 1, 1, ToUpper},
    {"trim", 1, 1, Trim},
};

}  // namespace

std::span<const TemplateFunction> StringFunctions() { return kFunctions; }

}  // namespace openimds::templates
