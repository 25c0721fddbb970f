// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.h"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "base/text.h"

namespace openimds {
namespace {

// RFC 4648, section 10.
const std::vector<std::pair<std::string, std::string>> kKnown = {{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"}};

TEST(DigestTest, GivesTheKnownDigestsOfAbc) {
  EXPECT_EQ(LowerHex(Sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(LowerHex(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(DigestTest, NameGuidGivesTheValueOfTheRfc) {
  const Guid dns = *Guid::Parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  const Guid url = *Guid::Parse("6ba7b811-9dad-11d1-80b4-00c04fd430c8");
  EXPECT_EQ(NameGuid(dns, "www.example.com").ToString(), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
  EXPECT_EQ(NameGuid(dns, "python.org").ToString(), "886313e1-3b8a-5372-9b90-0c9aee199e5d");
  EXPECT_EQ(NameGuid(url, "").ToString(), "1b4db7eb-4057-5ddf-91e0-36dec72071f5");
}

TEST(Base64Test, EncodesAndDecodesTheTableOfTheRfc) {
  for (const auto& [bytes, text] : kKnown) {
    std::string decoded = "untouched";
    EXPECT_EQ(Base64Encode(bytes), text);
    EXPECT_TRUE(Base64Decode(text, &decoded)) << text;
    EXPECT_EQ(decoded, bytes);

    const std::string bare = text.substr(0, text.find('='));
    decoded = "untouched";
    EXPECT_EQ(Base64UrlEncode(bytes), bare);
    EXPECT_TRUE(Base64UrlDecode(bare, &decoded)) << bare;
    EXPECT_EQ(decoded, bytes);
  }
}

TEST(Base64Test, TheAlphabetsDifferInTheirLastTwoCharacters) {
  const std::string bytes = "\xfb\xff\xbf";
  EXPECT_EQ(Base64Encode(bytes), "+/+/");
  EXPECT_EQ(Base64UrlEncode(bytes), "-_-_");
  std::string decoded;
  EXPECT_FALSE(Base64Decode("-_-_", &decoded));
  EXPECT_FALSE(Base64UrlDecode("+/+/", &decoded));
}

TEST(Base64Test, EveryByteSurvivesTheRoundTrip) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  for (std::size_t size = 250; size <= 256; ++size) {
    std::string decoded;
    ASSERT_TRUE(Base64UrlDecode(Base64UrlEncode(bytes.substr(0, size)), &decoded));
    EXPECT_EQ(decoded, bytes.substr(0, size));
  }
}

TEST(Base64Test, RefusesWhatTheEncoderNeverWritesAndLeavesTheOutputAlone) {
  std::string bytes = "untouched";
  for (const std::string text : {"Z", "Zg==", "Zm8=", "Zm9vY", "Zm 9", "Zm9\n", " Zm9v", "Zm.v",
                                 "Zh", "Zm9", "=", "Zm9v\xc3\xa4"}) {
    EXPECT_FALSE(Base64UrlDecode(text, &bytes)) << text;
  }
  EXPECT_FALSE(Base64UrlDecode(std::string_view("Zm\0v", 4), &bytes));
  for (const std::string text : {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "====", "Zm9v====",
                                 "=Zm9", "Zm=v", "Zg==Zg=="}) {
    EXPECT_FALSE(Base64Decode(text, &bytes)) << text;
  }
  EXPECT_EQ(bytes, "untouched");
}

TEST(RandomBytesTest, GivesAsManyAsAskedForAndNeverTheSame) {
  EXPECT_EQ(RandomBytes(0).size(), 0u);
  EXPECT_EQ(RandomBytes(33).size(), 33u);
  EXPECT_NE(RandomBytes(16), RandomBytes(16));
}

}  // namespace
}  // namespace openimds
