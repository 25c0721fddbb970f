// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace openimds::templates {

inline constexpr std::size_t kMaxExpressionBytes = 24'576;  // ARM's limit
inline constexpr std::size_t kMaxExpressionDepth = 64;

// A parsed template expression.
struct Expression {
  enum class Kind {
    kText,    // 'it''s'
    kNumber,  // -5
    kCall,    // name(parts…); the name of a user's function has a namespace: contoso.name
    kMember,  // parts[0].name
    kIndex,   // parts[0][parts[1]]
  };

  Kind kind = Kind::kText;
  std::size_t column = 1;  // where it begins in the string, the opening bracket being 1
  std::string name;        // also the text of a literal
  std::int64_t number = 0;
  std::vector<Expression> parts;
};

// Whether a template's string is an expression: `[…]`, but not `[[…]`, which is text that begins
// with a bracket.
bool IsExpression(std::string_view text);

// What a string that is no expression stands for: `[[…]` loses its first bracket.
std::string_view LiteralText(std::string_view text);

// A string that stands for `text`, whatever that is: the opposite of LiteralText.
std::string EscapeText(std::string_view text);

// Parses a string for which IsExpression() holds. Fails with reasons::kTemplateExpression ("column
// 9: expected …"), or beyond the limits above with reasons::kTemplateLimit.
Result<Expression> ParseExpression(std::string_view text);

}  // namespace openimds::templates
