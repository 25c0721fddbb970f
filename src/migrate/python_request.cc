// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <string>

#include "base/text.h"
#include "migrate/request_rewrite.h"

// Calls of Python's `requests`: it puts `params` behind the query that the URL has, and what was a
// form (`data`) is a query by another name.
namespace openimds::migrate {
namespace {

constexpr std::size_t kLongestCall = 8192;
constexpr std::size_t kMostCalls = 100;  // of one file

struct PythonCall {
  Span verb;       // get or post
  Span arguments;  // without the parentheses
};

// The parenthesis that closes the one before `begin`; kNone if there is none.
std::size_t FindClose(const SourceText& source, std::size_t begin) {
  int depth = 1;
  const std::size_t limit = std::min(source.text().size(), begin + kLongestCall);
  for (std::size_t i = begin; i < limit; ++i) {
    const Span string = source.StringAt(i);
    if (string.end != 0) {
      i = string.end - 1;
    } else if (!source.IsProse(i)) {
      const char c = source.text()[i];
      if (c == '(') ++depth;
      if (c == ')' && --depth == 0) return i;
    }
  }
  return SourceText::kNone;
}

std::vector<PythonCall> FindCalls(const SourceText& source) {
  std::vector<PythonCall> calls;
  for (const std::string_view verb : {"get", "post"}) {
    for (const std::string_view object : {"requests.", "session."}) {
      const std::string name = std::string(object) + std::string(verb) + "(";
      for (std::size_t at = source.text().find(name);
           at != SourceText::kNone && calls.size() < kMostCalls;
           at = source.text().find(name, at + 1)) {
        const std::size_t open = at + name.size();
        const std::size_t close = FindClose(source, open);
        if (close == SourceText::kNone || source.IsProse(at)) continue;
        calls.push_back({{at + object.size(), open - 1}, {open, close}});
      }
    }
  }
  return calls;
}

// The name that the string around `offset` is given to: `NAME = "…"`.
std::string FindNameOf(const SourceText& source, std::size_t offset) {
  const Span line = source.LineAt(offset);
  const std::string_view before = source.Text({line.begin, offset});
  const std::size_t equals = before.find('=');
  if (equals == std::string_view::npos) return {};
  const std::string_view name = TrimSpace(before.substr(0, equals));
  const std::string_view value = TrimSpace(before.substr(equals + 1));
  const bool is_plain = value == "\"" || value == "'" || value == "f\"" || value == "f'";
  const bool is_name = !name.empty() && std::all_of(name.begin(), name.end(), IsWordCharacter);
  return is_plain && is_name ? std::string(name) : std::string();
}

std::string_view FirstArgument(const SourceText& source, const PythonCall& call) {
  const std::string_view all = source.Text(call.arguments);
  const std::size_t begin = std::min(all.find_first_not_of(" \t\r\n"), all.size());
  return TrimSpace(all.substr(begin, all.find(',', begin) - begin));
}

// Where a keyword argument's name stands; kNone if the call has none of that name.
std::size_t FindKeyword(const SourceText& source, const PythonCall& call, std::string_view name) {
  for (std::size_t at = source.FindWordIn(name, call.arguments); at != SourceText::kNone;
       at = source.FindWordIn(name, {at + 1, call.arguments.end})) {
    const bool is_name = source.text().compare(at + name.size(), 1, "=") == 0 ||
                         source.text().compare(at + name.size(), 2, " =") == 0;
    if (is_name && source.StringAt(at).end == 0) return at;
  }
  return SourceText::kNone;
}

std::optional<std::string> AppendCallEdits(const SourceText& source, const PythonCall& call,
                                           std::vector<Edit>* edits) {
  const std::size_t data = FindKeyword(source, call, "data");
  const std::size_t headers = FindKeyword(source, call, "headers");
  if (FindKeyword(source, call, "json") != SourceText::kNone) return "it sends JSON";
  if (source.Text(call.verb) == "post") {
    if (data == SourceText::kNone) return "its form is not given as data=…";
    edits->push_back({call.verb, "get"});
    edits->push_back({{data, data + 4}, "params"});
  }
  if (headers == SourceText::kNone) {
    std::size_t end = call.arguments.end;
    while (end > call.arguments.begin &&
           std::isspace(static_cast<unsigned char>(source.text()[end - 1])))
      --end;
    const bool has_comma = source.text()[end - 1] == ',';
    edits->push_back(
        {{end, end}, std::string(has_comma ? " " : ", ") + "headers={\"Metadata\": \"true\"}"});
  } else if (!SendsMetadataHeader(source)) {
    return "it sends headers, but not Metadata: true";
  }
  return std::nullopt;
}

bool MentionsEnvironment(const SourceText& source, std::size_t offset) {
  const Span line = source.LineAt(offset);
  return source.Text(line).find("MSI_ENDPOINT") != std::string_view::npos;
}

}  // namespace

std::optional<Rewriting> RewritePythonRequests(const SourceText& source, const EndpointUrl& url) {
  if (source.language() != Language::kPython || MentionsEnvironment(source, url.span.begin)) {
    return std::nullopt;
  }
  if (url.path != EndpointUrl::Path::kToken) return std::nullopt;
  const Span string = source.StringAt(url.span.begin);
  const std::string name = string.end == 0 ? std::string() : FindNameOf(source, string.begin + 1);
  std::vector<PythonCall> calls = FindCalls(source);
  std::erase_if(calls, [&](const PythonCall& call) {
    const bool holds = call.arguments.Holds(url.span.begin);
    return !holds && (name.empty() || FirstArgument(source, call) != name);
  });
  if (calls.empty()) return std::nullopt;
  Rewriting result{ReplaceUrl(source, url, true), {}};
  for (const PythonCall& call : calls) {
    const auto problem = AppendCallEdits(source, call, &result.edits);
    if (problem) return ByHand(*problem);
  }
  return result;
}

}  // namespace openimds::migrate
