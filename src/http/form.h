// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <forward_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace openimds::http {

struct Parameter {
  std::string_view name;   // decoded, in the letter case that was sent
  std::string_view value;  // decoded
};

// The parameters of a query or of an `application/x-www-form-urlencoded` body, decoded once.
// `:` and `/` need no escape, `+` is a space, an empty part between two `&` is nothing.
//
// A name that comes twice, compared after decoding and without case, is refused with
// kDuplicateParameter (attacks.md 21); a bad escape or more than 32 parameters with
// kMalformedQuery. Values that needed no decoding are views into the text: it must live as long as
// the Form. Pure; not thread-safe.
class Form {
 public:
  static constexpr std::size_t kMaxParameters = 32;

  Form() = default;
  Form(const Form&) = delete;
  Form& operator=(const Form&) = delete;

  // Adds the parameters of `text`; may be called for a query and then for a body. After an error
  // the Form is of no use.
  Result<void> Add(std::string_view text);

  std::optional<std::string_view> Find(std::string_view exact_name) const;
  std::span<const Parameter> all() const { return {parameters_.data(), count_}; }

 private:
  Result<std::string_view> Decode(std::string_view text, std::string* arena);
  Result<void> AddOne(std::string_view part, std::string* arena);

  std::array<Parameter, kMaxParameters> parameters_;
  std::size_t count_ = 0;
  std::forward_list<std::string> arenas_;  // what was decoded, for each Add()
};

}  // namespace openimds::http
