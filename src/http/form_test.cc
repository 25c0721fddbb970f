// SPDX-License-Identifier: Apache-2.0
#include "http/form.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "testing/matchers.h"

namespace openimds::http {
namespace {

using ::testing::Eq;
using ::testing::Optional;

TEST(FormTest, DecodesOnceAndTakesRawColonsAndSlashes) {
  Form form;
  ASSERT_THAT(form.Add("resource=https://x/&a=%2541+b&&flag&empty="), IsOk());
  EXPECT_THAT(form.Find("resource"), Optional(Eq("https://x/")));
  EXPECT_THAT(form.Find("a"), Optional(Eq("%41 b")));
  EXPECT_THAT(form.Find("flag"), Optional(Eq("")));
  EXPECT_THAT(form.Find("empty"), Optional(Eq("")));
  EXPECT_FALSE(form.Find("Resource"));
  EXPECT_EQ(form.all().size(), 4U);
}

TEST(FormTest, Attack21ANameGivenTwiceIsRefusedHoweverItIsSpelt) {
  for (const char* text : {"a=1&a=1", "resource=1&Resource=2", "resource=1&re%73ource=1", "a&a"}) {
    Form form;
    EXPECT_THAT(form.Add(text), FailsWith(reasons::kDuplicateParameter)) << text;
  }
  Form both;
  ASSERT_THAT(both.Add("resource=1"), IsOk());
  EXPECT_THAT(both.Add("RESOURCE=1"), FailsWith(reasons::kDuplicateParameter));
}

TEST(FormTest, RefusesBadEscapesAndFloods) {
  for (const char* text : {"a=%", "a=%4", "a=%zz", "%=1"}) {
    Form form;
    EXPECT_THAT(form.Add(text), FailsWith(reasons::kMalformedQuery)) << text;
  }
  std::string many;
  for (int i = 0; i < 33; ++i) many += "p" + std::to_string(i) + "=%41&";
  Form form;
  EXPECT_THAT(form.Add(many), FailsWith(reasons::kMalformedQuery));
}

}  // namespace
}  // namespace openimds::http
