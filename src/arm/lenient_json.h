// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <boost/json/value.hpp>

#include "base/result.h"

namespace openimds::templates {

// A place in a text; both count from 1, the column in bytes.
struct TextPlace {
  std::size_t line = 1;
  std::size_t column = 1;
};

inline constexpr std::size_t kMaxJsonBytes = 4 << 20;  // ARM's own limit for a template
inline constexpr std::size_t kMaxJsonDepth = 64;

// JSON as templates are really written and as `az` sends them: beside RFC 8259 it takes comments
// (`//` and `/* */`), a comma before a closing bracket, names without quotes, strings in single
// quotes, and any control character inside a string. Text is UTF-8; a byte order mark is passed.
//
// Fails with reasons::kTemplateUnreadable ("line 3, column 7: expected …"), for a name that stands
// twice in one object as well; beyond kMaxJsonBytes or kMaxJsonDepth with reasons::kTemplateLimit.
Result<boost::json::value> ReadLenientJson(std::string_view text);

// Where the value of a path like `resources[0].properties.osProfile` begins in a text that can be
// read; none if it is not there.
std::optional<TextPlace> FindInText(std::string_view text, std::string_view path);

}  // namespace openimds::templates
