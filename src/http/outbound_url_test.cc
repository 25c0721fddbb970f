// SPDX-License-Identifier: Apache-2.0
#include "http/outbound_url.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "testing/matchers.h"

namespace openimds::http {
namespace {

TEST(OutboundUrlTest, TakesApartWhatMayBeAsked) {
  const auto url = ParseOutboundUrl("https://login.example:8443/t/oauth2/token?x=1", false);
  ASSERT_THAT(url, IsOk());
  EXPECT_TRUE(url->encrypted);
  EXPECT_EQ(url->host, "login.example");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->authority, "login.example:8443");
  EXPECT_EQ(url->target, "/t/oauth2/token?x=1");
}

TEST(OutboundUrlTest, FillsInPortAndPath) {
  const auto url = ParseOutboundUrl("http://[::1]?q", false);
  ASSERT_THAT(url, IsOk());
  EXPECT_FALSE(url->encrypted);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, 80);
  EXPECT_EQ(url->target, "/?q");
  EXPECT_EQ(ParseOutboundUrl("https://a", false)->port, 443);
}

TEST(OutboundUrlTest, PlainHttpStaysOnThisHostAndItsLink) {
  for (const char* url : {"http://127.0.0.1:1/", "http://127.9.9.9", "http://localhost:80/x"}) {
    EXPECT_THAT(ParseOutboundUrl(url, false), IsOk()) << url;
  }
  EXPECT_THAT(ParseOutboundUrl("http://169.254.169.254/", true), IsOk());
  for (const char* url : {"http://169.254.169.254/", "http://10.0.0.1/", "http://login.example/",
                          "http://localhost.example/", "http://127.0.0.1.example/"}) {
    EXPECT_THAT(ParseOutboundUrl(url, false), FailsWith(reasons::kUpstreamNotAllowed)) << url;
  }
  EXPECT_THAT(ParseOutboundUrl("http://169.253.1.1/", true),
              FailsWith(reasons::kUpstreamNotAllowed));
}

TEST(OutboundUrlTest, RefusesWhatReadersDisagreeAbout) {
  for (const char* url :
       {"", "login.example", "ftp://login.example/", "https://", "https://user@login.example/",
        "https://user:word@login.example/", "https://login.example:/", "https://login.example:0/",
        "https://login.example:65536/", "https://login.example:8x/", "https://login.example/#f",
        "https://login.example/a b", "https://login.example\\x", "https://[::1/",
        "https://[1.2.3.4]/", "https://[::1]x/", "https://lögin.example/", "https://a/\r\nX: y"}) {
    EXPECT_THAT(ParseOutboundUrl(url, true), FailsWith(reasons::kUpstreamNotAllowed)) << url;
  }
}

}  // namespace
}  // namespace openimds::http
