// SPDX-License-Identifier: Apache-2.0
#include "cli/render.h"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

namespace openimds::cli {
namespace {

TEST(RenderTest, ColumnsFitTheirContentAndNothingIsCut) {
  const Table table{{"NAME", "ID"},
                    {{"a-rather-long-name", "aaaaaaaa-0000-0000-0000-000000000001"},
                     {"müller", "bbbbbbbb-0000-0000-0000-000000000002"},
                     {"", ""}}};
  EXPECT_EQ(RenderTable(table),
            "NAME                ID\n"
            "a-rather-long-name  aaaaaaaa-0000-0000-0000-000000000001\n"
            "müller              bbbbbbbb-0000-0000-0000-000000000002\n"
            "\n");
}

TEST(RenderTest, FactsStandUnderEachOther) {
  EXPECT_EQ(RenderFacts({{"id", "x"}, {"location", "y"}}),
            "id:        x\n"
            "location:  y\n");
}

TEST(RenderTest, JsonIsIndentedInItsOwnOrder) {
  EXPECT_EQ(RenderJson(boost::json::parse(R"({"b":[1,{"c":"\"\n"}],"a":{},"d":[],"e":null})")),
            "{\n"
            "  \"b\": [\n"
            "    1,\n"
            "    {\n"
            "      \"c\": \"\\\"\\n\"\n"
            "    }\n"
            "  ],\n"
            "  \"a\": {},\n"
            "  \"d\": [],\n"
            "  \"e\": null\n"
            "}\n");
}

TEST(RenderTest, MemberTextIsEmptyForWhatIsNotThere) {
  const auto object = boost::json::parse(R"({"text":"x","number":3,"null":null})");
  EXPECT_EQ(MemberText(object, "text"), "x");
  EXPECT_EQ(MemberText(object, "number"), "3");
  EXPECT_EQ(MemberText(object, "null"), "");
  EXPECT_EQ(MemberText(object, "other"), "");
  EXPECT_EQ(MemberText(boost::json::value("no object"), "text"), "");
}

}  // namespace
}  // namespace openimds::cli
