// SPDX-License-Identifier: Apache-2.0
#include "http/form.h"

#include <algorithm>

#include "base/reasons.h"
#include "base/text.h"

namespace openimds::http {
namespace {

// find_first_of() would search the set anew for every character.
bool IsEscaped(std::string_view text) {
  return text.find('%') != std::string_view::npos || text.find('+') != std::string_view::npos;
}

tl::unexpected<Error> Malformed(std::string message) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kMalformedQuery, std::move(message));
}

}  // namespace

Result<std::string_view> Form::Decode(std::string_view text, std::string* arena) {
  if (!IsEscaped(text)) return text;
  // The arena has room for the whole text, and decoding never makes it longer: nothing moves.
  const std::size_t start = arena->size();
  if (!AppendDecodedFormComponent(text, arena)) {
    return Malformed("expected two hexadecimal digits after every '%'");
  }
  return std::string_view(*arena).substr(start);
}

Result<void> Form::AddOne(std::string_view part, std::string* arena) {
  if (count_ == kMaxParameters) return Malformed("expected at most 32 parameters");
  const size_t equals = std::min(part.find('='), part.size());
  TRY(const std::string_view name, Decode(part.substr(0, equals), arena));
  TRY(const std::string_view value, Decode(part.substr(std::min(equals + 1, part.size())), arena));
  for (const Parameter& earlier : all()) {
    if (EqualsIgnoringCase(earlier.name, name)) {
      return Fail(ErrorKind::kInvalidRequest, reasons::kDuplicateParameter,
                  "expected every parameter once, got one of them twice");
    }
  }
  parameters_[count_++] = {name, value};
  return {};
}

Result<void> Form::Add(std::string_view text) {
  std::string& arena = arenas_.emplace_front();
  if (IsEscaped(text)) arena.reserve(text.size());
  while (!text.empty()) {
    const size_t end = std::min(text.find('&'), text.size());
    if (end > 0) TRY_VOID(AddOne(text.substr(0, end), &arena));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

std::optional<std::string_view> Form::Find(std::string_view exact_name) const {
  for (const Parameter& parameter : all()) {
    if (parameter.name == exact_name) return parameter.value;
  }
  return std::nullopt;
}

}  // namespace openimds::http
