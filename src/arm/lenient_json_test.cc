// SPDX-License-Identifier: Apache-2.0
#include "arm/lenient_json.h"

#include <gmock/gmock.h>

#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/reasons.h"
#include "testing/matchers.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

TEST(LenientJsonTest, ReadsAllThatStrictJsonIs) {
  for (const char* text :
       {"{}", "[]", "null", " true ",
        "[false, 0, -1, 1.5, 1e3, 0E0, -0.5e-3, 9223372036854775807, 18446744073709551615]",
        R"({"a":{"b":[{}]},"":"\"\\\/\b\f\n\r\t\u00e4\ud83d\ude00"})", "\"\xc3\xa4\""}) {
    const auto value = ReadLenientJson(text);
    ASSERT_THAT(value, IsOk()) << text;
    EXPECT_EQ(*value, json::parse(text)) << text;
  }
}

TEST(LenientJsonTest, ReadsWhatAzSends) {
  const auto value = ReadLenientJson(
      "\xef\xbb\xbf{\"properties\": {\"mode\": \"Incremental\", template:{\n"
      "  // a comment\n  \"a\": 1, /* b\n * lock */ \"name\": \"[concat('tpl',\n   'id')]\",\n"
      "  'single': 'it\\'s', \"list\": [1, 2,],\n}}}// the end");
  ASSERT_THAT(value, IsOk());
  EXPECT_EQ(json::serialize(*value),
            R"({"properties":{"mode":"Incremental","template":{"a":1,)"
            R"("name":"[concat('tpl',\n   'id')]","single":"it's","list":[1,2]}}})");
}

TEST(LenientJsonTest, NamesTheLineAndColumnOfAMistake) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "line 1, column 1: expected a value, got the end"},
      {"{\n  \"a\": 1\n  \"b\": 2}", "line 3, column 3: expected ',' or '}', got '\"'"},
      {"{\"a\" 1}", "line 1, column 6: expected ':' after the name 'a', got '1'"},
      {"[1 2]", "column 4: expected ',' or ']', got '2'"},
      {"[1", "column 3: expected ',' or ']', got the end"},
      {"{,}", "column 2: expected a name or '}', got ','"},
      {"[,]", "column 2: expected a value, got ','"},
      {"{} {}", "column 4: expected the end of the text, got '{'"},
      {"\"abc", "column 1: expected this string to end"},
      {"\"\\x\"", "expected one of \"\\/bfnrtu after '\\', got 'x'"},
      {"\"\\u12g4\"", "expected four hexadecimal digits after '\\u', got 'g'"},
      {"\"\\ud800\"", "expected '\\u' and the second half of the pair"},
      {"\"\\udc00\"", "expected a first half of a pair before this"},
      {"\"\\ud800\\u0041\"", "expected the second half of a pair before this"},
      {"\"\xff\"", "expected UTF-8 in this string"},
      {"nul", "column 1: expected a value, got 'n'"},
      {"01", "expected a value"},
      {"1e999", "expected a value"},
      {"-", "expected a value"},
      {"/* ", "expected '*/' after this '/*'"},
      {"{\"a\":1,\n\"a\":2}", "line 2, column 1: expected each name once, got 'a' again"},
      {"\x01", "expected a value, got byte 01"},
  };
  for (const auto& [text, message] : cases) {
    const auto value = ReadLenientJson(text);
    ASSERT_THAT(value, FailsWith(reasons::kTemplateUnreadable)) << text;
    EXPECT_THAT(value.error().message, HasSubstr(message)) << text;
  }
}

TEST(LenientJsonTest, IsBoundedInDepthAndSize) {
  EXPECT_THAT(ReadLenientJson(std::string(64, '[') + std::string(64, ']')), IsOk());
  EXPECT_THAT(ReadLenientJson(std::string(66, '[')), FailsWith(reasons::kTemplateLimit));
  EXPECT_THAT(ReadLenientJson(std::string(kMaxJsonBytes + 1, ' ')),
              FailsWith(reasons::kTemplateLimit));
}

TEST(LenientJsonTest, FindsThePlaceOfAPath) {
  const std::string text =
      "{\n  \"resources\": [ {}, {\n    \"name\": 'x' } ], // c\n  \"b.c\": 1 }";
  const auto place = FindInText(text, "resources[1].name");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->line, 3U);
  EXPECT_EQ(place->column, 13U);
  EXPECT_FALSE(FindInText(text, "resources[2]"));
  EXPECT_FALSE(FindInText("{", ""));
  EXPECT_TRUE(FindInText(text, ""));
}

}  // namespace

}  // namespace openimds::templates
