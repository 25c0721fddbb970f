// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <sstream>
#include <thread>

#include "base/guid.h"
#include "base/published.h"
#include "base/reasons.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/text.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Optional;

TEST(GuidTest, IsParsedInAnyCaseAndRenderedInLowerCase) {
  const auto guid = Guid::Parse("AAAAAAAA-0000-0000-0000-00000000000F");
  ASSERT_TRUE(guid);
  EXPECT_EQ(guid->ToString(), "aaaaaaaa-0000-0000-0000-00000000000f");
}

TEST(GuidTest, RefusesEveryOtherSpelling) {
  for (const char* text :
       {"", "aaaaaaaa00000000000000000000000f", "{aaaaaaaa-0000-0000-0000-00000000000f}",
        "aaaaaaaa-0000-0000-0000-00000000000", "aaaaaaaa-0000-0000-0000-00000000000g",
        "aaaaaaaa_0000-0000-0000-00000000000f", "aaaaaaaa-0000-0000-0000-00000000000ff"}) {
    EXPECT_FALSE(Guid::Parse(text)) << text;
  }
}

TEST(GuidTest, RandomOnesDifferAndCarryVersionFour) {
  const std::string one = Guid::Random().ToString();
  EXPECT_NE(one, Guid::Random().ToString());
  EXPECT_EQ(one[14], '4');
}

TEST(SecretTest, IsPrintedAsAWordAndLeavesNothingBehindWhenMoved) {
  Secret secret("correct horse battery staple, longer than a short string");
  std::ostringstream out;
  out << secret;
  EXPECT_EQ(out.str(), "[secret]");
  Secret moved = std::move(secret);
  EXPECT_TRUE(secret.empty());  // NOLINT(bugprone-use-after-move): that it is empty is the promise
  EXPECT_EQ(moved.RevealSecret().substr(0, 7), "correct");
  EXPECT_FALSE(moved == Secret("correct"));
  EXPECT_TRUE(moved == Secret(moved));
}

TEST(TextTest, EditDistanceCountsASwapOnce) {
  EXPECT_EQ(EditDistance("client_id", "client_id"), 0U);
  EXPECT_EQ(EditDistance("clientid", "client_id"), 1U);
  EXPECT_EQ(EditDistance("client-id", "client_id"), 1U);
  EXPECT_EQ(EditDistance("cleint_id", "client_id"), 1U);
  EXPECT_EQ(EditDistance("", "abc"), 3U);
}

TEST(TextTest, FindsTheNearestButNotTheFar) {
  EXPECT_THAT(FindNearest("lisen", {"listen", "machine"}), Optional(Eq("listen")));
  EXPECT_FALSE(FindNearest("colour", {"listen", "machine"}));
}

TEST(TextTest, FormComponentsAreDecodedOnce) {
  std::string decoded = "x=";
  EXPECT_TRUE(AppendDecodedFormComponent("https%3A%2F%2fx+y%2541", &decoded));
  EXPECT_EQ(decoded, "x=https://x y%41");
  for (const char* text : {"%", "%4", "%zz", "a%4", "%4z"}) {
    EXPECT_FALSE(AppendDecodedFormComponent(text, &decoded)) << text;
  }
}

TEST(TextTest, DecimalsAreWholeAndFit) {
  EXPECT_THAT(ParseDecimal("65535"), Optional(65535U));
  for (const char* text : {"", "+1", "-1", " 1", "1 ", "0x1", "99999999999999999999"}) {
    EXPECT_FALSE(ParseDecimal(text)) << text;
  }
}

TEST(TextTest, SplitKeepsEmptyParts) { EXPECT_THAT(Split("a,,b", ','), ElementsAre("a", "", "b")); }

TEST(TextTest, TimeIsUtc) { EXPECT_EQ(FormatIsoTime(1506484173), "2017-09-27T03:49:33Z"); }

Result<int> Half(int n) {
  if (n % 2 != 0) return Fail(ErrorKind::kInvalidRequest, reasons::kArgumentInvalid, "odd");
  return n / 2;
}
Result<int> Quarter(int n) {
  TRY(const int half, Half(n));
  return Half(half);
}

TEST(ResultTest, TryReturnsTheFirstError) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_THAT(Quarter(6), FailsWith(reasons::kArgumentInvalid));
  EXPECT_THAT(Quarter(3), FailsWith(reasons::kArgumentInvalid));
}

TEST(PublishedTest, AChangeIsSeenByTheNextReadOfEveryThread) {
  Published<int> value(std::make_shared<const int>(1));
  std::atomic<int> round{0}, seen{0};
  std::jthread reader([&](std::stop_token stop) {
    while (!stop.stop_requested()) {
      const int at = round.load();
      seen.store(*value.Read() >= at ? seen.load() : -1);
    }
  });
  for (int i = 1; i <= 2000; ++i) {
    value.Publish(std::make_shared<const int>(i));
    round.store(i);
    ASSERT_EQ(*value.Read(), i);
  }
  reader.request_stop();
  reader.join();
  EXPECT_EQ(seen.load(), 0);
}

TEST(PublishedTest, TwoObjectsDoNotShareWhatAThreadSaw) {
  Published<int> one(std::make_shared<const int>(1));
  EXPECT_EQ(*one.Read(), 1);
  Published<int> two(std::make_shared<const int>(2));
  EXPECT_EQ(*two.Read(), 2);
  EXPECT_EQ(*one.Read(), 1);
}

}  // namespace
}  // namespace openimds
