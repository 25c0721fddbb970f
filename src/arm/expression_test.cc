// SPDX-License-Identifier: Apache-2.0
#include "arm/expression.h"

#include <gmock/gmock.h>

#include <string>

#include "base/reasons.h"
#include "testing/matchers.h"

namespace openimds::templates {
namespace {

using testing::HasSubstr;

// The tree as text, each call with its column.
std::string Show(const Expression& expression) {
  std::string parts;
  for (const Expression& part : expression.parts) parts += (parts.empty() ? "" : " ") + Show(part);
  switch (expression.kind) {
    case Expression::Kind::kText:
      return "'" + expression.name + "'";
    case Expression::Kind::kNumber:
      return std::to_string(expression.number);
    case Expression::Kind::kCall:
      return expression.name + "@" + std::to_string(expression.column) + "(" + parts + ")";
    case Expression::Kind::kMember:
      return parts + "." + expression.name;
    case Expression::Kind::kIndex:
      return "[" + parts + "]";
  }
  return "?";
}

TEST(ExpressionTest, ParsesCallsLiteralsMembersAndIndexes) {
  const std::pair<const char*, const char*> cases[] = {
      {"[f()]", "f@2()"},
      {"[ f ( 'it''s' , -5 ) ]", "f@3('it's' -5)"},
      {"[f(g('a'), h(1))]", "f@2(g@4('a') h@12(1))"},
      {"[f().a.b[0]['c']]", "[[f@2().a.b 0] 'c']"},
      {"[concat('a',\n\t'b')]", "concat@2('a' 'b')"},
      {"[contoso.name('x')]", "contoso.name@2('x')"},
      {"['a]b']", "'a]b'"},
      {"[f(9223372036854775807)]", "f@2(9223372036854775807)"},
      {"[a_1()]", "a_1@2()"},
  };
  for (const auto& [text, tree] : cases) {
    ASSERT_TRUE(IsExpression(text)) << text;
    const auto expression = ParseExpression(text);
    ASSERT_THAT(expression, IsOk()) << text;
    EXPECT_EQ(Show(*expression), tree) << text;
  }
}

TEST(ExpressionTest, NamesTheColumnOfAMistake) {
  const std::pair<const char*, const char*> cases[] = {
      {"[]",
       "column 2: expected a function, a string in single quotes or a whole number, got the end"},
      {"[f]", "column 3: expected '(' after 'f', got the end"},
      {"[f(]",
       "column 4: expected a function, a string in single quotes or a whole number, got the end"},
      {"[f('a]", "column 6: expected a closing quote"},
      {"[f('a''b')]", ""},
      {"[f(1.5)]", "expected a whole number of 64 bits"},
      {"[f(99999999999999999999)]", "expected a whole number of 64 bits"},
      {"[f(1,)]", "column 6: expected a function"},
      {"[f() g()]", "column 6: expected the closing ']', got 'g'"},
      {"[f().]", "column 6: expected a name after '.'"},
      {"[f()[1]", "expected ']' after the index"},
      {"[f(-)]", "expected a whole number"},
      {"[\"a\"]", "column 2: expected a function"},
      {"[f(1 2)]", "column 6: expected ',' or ')', got '2'"},
  };
  for (const auto& [text, message] : cases) {
    const auto expression = ParseExpression(text);
    if (*message == '\0') {
      EXPECT_THAT(expression, IsOk()) << text;
    } else {
      ASSERT_THAT(expression, FailsWith(reasons::kTemplateExpression)) << text;
      EXPECT_THAT(expression.error().message, HasSubstr(message)) << text;
    }
  }
}

TEST(ExpressionTest, IsBoundedInDepthAndSize) {
  std::string deep;
  for (int i = 0; i < 70; ++i) deep += "f(";
  EXPECT_THAT(ParseExpression("[" + deep + "]"), FailsWith(reasons::kTemplateLimit));
  std::string chain = "[f()";
  for (int i = 0; i < 70; ++i) chain += ".a";
  EXPECT_THAT(ParseExpression(chain + "]"), FailsWith(reasons::kTemplateLimit));
  EXPECT_THAT(ParseExpression("['" + std::string(kMaxExpressionBytes, 'a') + "']"),
              FailsWith(reasons::kTemplateLimit));
}

TEST(ExpressionTest, EscapedTextComesBack) {
  for (const char* text :
       {"", "a", "[", "]", "[]", "[a]", "[[a]", "[[[a]]", "[a", "[[a", "a]", "['x']"}) {
    const std::string escaped = EscapeText(text);
    EXPECT_FALSE(IsExpression(escaped)) << text;
    EXPECT_EQ(LiteralText(escaped), text);
  }
}

}  // namespace
}  // namespace openimds::templates
