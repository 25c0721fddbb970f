// SPDX-License-Identifier: Apache-2.0
#include "http/target.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "testing/matchers.h"

namespace openimds::http {
namespace {

TEST(TargetTest, SplitsAtTheFirstQuestionMarkAndDecodesNothing) {
  const auto target = ParseTarget("/metadata/identity/oauth2/token?resource=https://x?y&a=%2F");
  ASSERT_THAT(target, IsOk());
  EXPECT_EQ(target->path, "/metadata/identity/oauth2/token");
  EXPECT_EQ(target->query, "resource=https://x?y&a=%2F");
  EXPECT_EQ(target->authority, "");
}

TEST(TargetTest, ReducesAnAbsoluteForm) {
  const auto target = ParseTarget("HTTP://169.254.169.254:80/metadata?x");
  ASSERT_THAT(target, IsOk());
  EXPECT_EQ(target->authority, "169.254.169.254:80");
  EXPECT_EQ(target->path, "/metadata");
}

TEST(TargetTest, Attack11To18RefusesEverySecondSpellingOfAPath) {
  for (const char* raw :
       {"/metadata\\identity", "/metadata%2Fidentity", "/metadata/%2e%2e/x", "/metadata%3Fx=1",
        "/metadata%252Fx", "/a#b", "/metad\xc4\xb1ta", "/a\x7f", "/a\"b"}) {
    EXPECT_THAT(ParseTarget(raw), FailsWith(reasons::kPathNotAllowed)) << raw;
  }
}

TEST(TargetTest, RefusesOtherForms) {
  for (const char* raw : {"", "*", "metadata", "example.org:443", "http://", "https://x/y",
                          "ftp://x/y", "http:///x", "/a?b#c", "/a?b\xff"}) {
    EXPECT_THAT(ParseTarget(raw), FailsWith(reasons::kMalformedRequest)) << raw;
  }
}

TEST(HostTest, OwnNamesAreAllowedWithAnyPort) {
  const std::vector<std::string> allowed = {"localhost", "127.0.0.1", "[::1]", "169.254.169.254"};
  for (const char* host :
       {"localhost", "LOCALHOST:1", "127.0.0.1:65535", "[::1]", "[::1]:50342", "169.254.169.254"}) {
    EXPECT_TRUE(IsAllowedHost(host, allowed)) << host;
  }
}

TEST(HostTest, Attacks6And19And20AreNot) {
  const std::vector<std::string> allowed = {"localhost", "127.0.0.1", "[::1]", "169.254.169.254"};
  for (const char* host : {"", "evil.example", "localhost.evil.example", "localhost.", "0xa9fea9fe",
                           "2852039166", "0251.0376.0251.0376", "[::ffff:169.254.169.254]", "::1",
                           "user@localhost", "localhost:", "localhost:0", "localhost:65536",
                           "localhost:80:80", "localhost:8a", "127.1", "[::1", "[]"}) {
    EXPECT_FALSE(IsAllowedHost(host, allowed)) << host;
  }
}

}  // namespace
}  // namespace openimds::http
