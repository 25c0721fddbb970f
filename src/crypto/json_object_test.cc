// SPDX-License-Identifier: Apache-2.0
#include "crypto/json_object.h"

#include <gmock/gmock.h>

namespace openimds {
namespace {

TEST(JsonObjectTest, ReadsAnObjectInItsOrder) {
  const auto object = ParseJsonObject(R"({"b":1,"a":{"b":[{"c":null},{"c":true}]}} )");
  ASSERT_TRUE(object) << object.error();
  EXPECT_EQ(object->begin()->key(), "b");
  EXPECT_EQ(object->size(), 2u);
}

TEST(JsonObjectTest, RefusesANameThatOccursTwice) {
  for (const char* text :
       {R"({"a":1,"a":1})", R"({"a":1,"b":2,"\u0061":3})", R"({"x":[{"a":1,"b":{},"a":2}]})",
        R"({"a":{"a":1},"b":0,"a":2})", R"({"":1,"":2})"}) {
    const auto object = ParseJsonObject(text);
    ASSERT_FALSE(object) << text;
    EXPECT_EQ(object.error(), "a name occurs twice in one object") << text;
  }
}

TEST(JsonObjectTest, RefusesWhatIsNotOneStrictObject) {
  for (const char* text : {"",
                           " ",
                           "null",
                           "1",
                           "\"a\"",
                           "[]",
                           "[{}]",
                           "{",
                           "{}{}",
                           "{} x",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{'a':1}",
                           "{\"a\":01}",
                           "{\"a\":NaN}",
                           "{/**/}",
                           "\xef\xbb\xbf{}",
                           "{\"a\":\"\xff\"}",
                           "{\"a\":\"\n\"}",
                           "{\"a\":\"\\ud800\"}"}) {
    EXPECT_FALSE(ParseJsonObject(text)) << text;
  }
  EXPECT_FALSE(ParseJsonObject(std::string_view("{}\0", 3)));
}

TEST(JsonObjectTest, RefusesDeepNesting) {
  EXPECT_TRUE(ParseJsonObject(R"({"1":[[[[[[[]]]]]]]})"));
  EXPECT_FALSE(ParseJsonObject(R"({"1":[[[[[[[[]]]]]]]]})"));
}

}  // namespace
}  // namespace openimds
