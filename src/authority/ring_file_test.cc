// SPDX-License-Identifier: Apache-2.0
#include "authority/ring_file.h"

#include <gmock/gmock.h>

namespace openimds {
namespace {

constexpr char kOne[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAA";
constexpr char kTwo[] = "-_AAAAAAAAAAAAAAAAAAAAAAAAA";

constexpr char kText[] =
    R"({"version":1,"active":{"kid":"AAAAAAAAAAAAAAAAAAAAAAAAAAA","created":20},)"
    R"("retired":[{"kid":"-_AAAAAAAAAAAAAAAAAAAAAAAAA","created":10,"publish_until":30}]})"
    "\n";

std::string Replaced(std::string_view what, std::string_view with) {
  std::string text = kText;
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

TEST(RingFileTest, IsWrittenAsDocumented) {
  EXPECT_EQ(RenderRingFile({{kOne, FromUnixSeconds(20), std::nullopt},
                            {kTwo, FromUnixSeconds(10), FromUnixSeconds(30)}}),
            kText);
}

TEST(RingFileTest, ReadsWhatItWrote) {
  const auto entries = ParseRingFile(kText);
  ASSERT_TRUE(entries) << entries.error();
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ(RenderRingFile(*entries), kText);
  EXPECT_EQ((*entries)[0].publish_until, std::nullopt);
  EXPECT_EQ((*entries)[1].publish_until, FromUnixSeconds(30));
}

TEST(RingFileTest, RefusesEveryDepartureFromTheForm) {
  const std::string whole = kText;
  for (const std::string& text :
       {std::string(),
        std::string("{}"),
        std::string("[]"),
        whole + "x",
        "\xef\xbb\xbf" + whole,
        whole.substr(0, whole.size() / 2),
        Replaced(":1,", ":2,"),
        Replaced(":1,", ":\"1\","),
        Replaced("\"version\":1,", ""),
        Replaced("version", "Version"),
        Replaced("\"version\":1", "\"version\":1,\"more\":1"),
        Replaced("\"version\":1", "\"version\":1,\"version\":1"),
        Replaced("active", "activ"),
        Replaced("\"created\":20", "\"created\":20,\"publish_until\":30"),
        Replaced(",\"publish_until\":30", ""),
        Replaced(":30", ":30.5"),
        Replaced(":30", ":-30"),
        Replaced(":30", ":99999999999"),
        Replaced(":30", ":\"30\""),
        Replaced(":20", ":null"),
        Replaced("AAAAAAAAAAAAAAAAAAAAAAAAAAA", "AAAA"),
        Replaced("AAAAAAAAAAAAAAAAAAAAAAAAAAA", "../../../../../../../etc/key"),
        Replaced("\"AAAAAAAAAAAAAAAAAAAAAAAAAAA\"", "7"),
        Replaced("-_AAAAAAAAAAAAAAAAAAAAAAAAA", kOne),
        Replaced("[{", "{\"x\":{"),
        Replaced("[{\"kid", "[1,{\"kid")}) {
    EXPECT_FALSE(ParseRingFile(text)) << text;
  }
}

TEST(RingFileTest, SaysWhatIsWrong) {
  EXPECT_EQ(ParseRingFile(Replaced(",\"publish_until\":30", "")).error(),
            "expected each retired key to have Unix seconds as 'publish_until'");
  EXPECT_EQ(ParseRingFile(Replaced("-_AAAAAAAAAAAAAAAAAAAAAAAAA", kOne)).error(),
            "expected no key to occur twice");
}

}  // namespace
}  // namespace openimds
