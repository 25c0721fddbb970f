// SPDX-License-Identifier: Apache-2.0
#include "migrate/json_tree.h"

#include <gtest/gtest.h>

namespace openimds::migrate {
namespace {

TEST(JsonTree, KnowsWhereEverythingStands) {
  const std::string text = "\xEF\xBB\xBF{ \"a\": [1, \"x\\\"y\"] /* , */, // b\n \"B\": null, }";
  const auto tree = JsonTree::Parse(text);
  ASSERT_TRUE(tree);
  const auto list = tree->FindMember(0, "A");
  ASSERT_NE(list, JsonTree::kNone);
  const Span span = tree->at(list).span;
  EXPECT_EQ(text.substr(span.begin, span.end - span.begin), "[1, \"x\\\"y\"]");
  EXPECT_EQ(tree->StringOf(tree->at(list).children.at(1)), "x\"y");
  EXPECT_EQ(tree->KeyOf(tree->FindMember(0, "b")), "B");
}

TEST(JsonTree, TakesStringsOverSeveralLines) {
  EXPECT_TRUE(JsonTree::Parse("{\"a\": \"[concat('x',\n 'y')]\"}"));
}

TEST(JsonTree, RefusesWhatIsNoJson) {
  for (const std::string text :
       {"", "{", "[1 2]", "{\"a\" 1}", "{a: 1}", "\"open", "[1]]", "{,}"}) {
    EXPECT_FALSE(JsonTree::Parse(text)) << text;
  }
}

TEST(JsonTree, RefusesWhatIsNestedTooDeeply) {
  EXPECT_TRUE(JsonTree::Parse(std::string(150, '[') + std::string(150, ']')));
  EXPECT_FALSE(JsonTree::Parse(std::string(100000, '[') + std::string(100000, ']')));
}

}  // namespace
}  // namespace openimds::migrate
