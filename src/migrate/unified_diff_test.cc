// SPDX-License-Identifier: Apache-2.0
#include "migrate/unified_diff.h"

#include <gtest/gtest.h>

namespace openimds::migrate {
namespace {

TEST(UnifiedDiff, IsEmptyWhereNothingChanged) { EXPECT_EQ(UnifiedDiff("a", "x\n", "x\n"), ""); }

TEST(UnifiedDiff, ShowsThreeLinesAroundAChange) {
  EXPECT_EQ(UnifiedDiff("f", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nX\n6\n7\n8\n9\n"),
            "--- a/f\n+++ b/f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+X\n 6\n 7\n 8\n");
}

TEST(UnifiedDiff, JoinsChangesThatAreNearAndPartsThoseThatAreFar) {
  const std::string near = UnifiedDiff("f", "a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n");
  EXPECT_EQ(near.find("@@ -1,8 +1,8 @@"), near.find("@@"));
  const std::string far =
      UnifiedDiff("f", "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n");
  EXPECT_NE(far.find("@@ -1,4 +1,4 @@"), std::string::npos);
  EXPECT_NE(far.find("@@ -6,4 +6,4 @@"), std::string::npos);
}

TEST(UnifiedDiff, CountsLinesThatWereTakenAwayBefore) {
  const std::string diff =
      UnifiedDiff("f", "a\nb\n1\n2\n3\n4\n5\n6\n7\n8\nc\n", "b\n1\n2\n3\n4\n5\n6\n7\n8\n");
  EXPECT_NE(diff.find("@@ -1,4 +1,3 @@"), std::string::npos) << diff;
  EXPECT_NE(diff.find("@@ -8,4 +7,3 @@"), std::string::npos) << diff;
}

TEST(UnifiedDiff, NamesAnEmptySideByTheLineBefore) {
  EXPECT_EQ(UnifiedDiff("f", "a\n", ""), "--- a/f\n+++ b/f\n@@ -1 +0,0 @@\n-a\n");
}

TEST(UnifiedDiff, SaysWhereTheLastLineHasNoEnd) {
  EXPECT_EQ(UnifiedDiff("f", "a", "b"),
            "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n"
            "\\ No newline at end of file\n");
}

TEST(UnifiedDiff, QuotesNamesAsGitDoes) {
  EXPECT_TRUE(UnifiedDiff("a b", "1\n", "2\n").starts_with("--- a/a b\t\n+++ b/a b\t\n"));
  EXPECT_TRUE(UnifiedDiff("\xC3\xBC\"", "1\n", "2\n").starts_with("--- \"a/\\303\\274\\\"\"\n"));
}

}  // namespace
}  // namespace openimds::migrate
