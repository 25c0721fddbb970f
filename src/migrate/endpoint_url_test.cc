// SPDX-License-Identifier: Apache-2.0
#include "migrate/endpoint_url.h"

#include <gtest/gtest.h>

namespace openimds::migrate {
namespace {

std::vector<EndpointUrl> Find(const std::string& text) {
  return FindEndpointUrls(SourceText("a.py", text), {kDefaultExtensionPort});
}

TEST(EndpointUrl, FindsEachSpellingOfTheHost) {
  for (const std::string host : {"localhost", "LOCALHOST", "127.0.0.1", "[::1]"}) {
    const auto urls = Find("x = 'http://" + host + ":50342/oauth2/token'");
    ASSERT_EQ(urls.size(), 1u) << host;
    EXPECT_EQ(urls[0].span.begin, 5u);
    EXPECT_EQ(urls[0].path, EndpointUrl::Path::kToken);
    EXPECT_TRUE(urls[0].on_known_port);
  }
}

TEST(EndpointUrl, TakesSlashesThatClientsPutTwiceOrBehind) {
  const SourceText source("a.py", "'http://localhost:50342//oauth2/token/?resource=r'");
  const auto urls = FindEndpointUrls(source, {kDefaultExtensionPort});
  ASSERT_EQ(urls.size(), 1u);
  EXPECT_EQ(source.Text(urls[0].span), "http://localhost:50342//oauth2/token/");
  EXPECT_EQ(source.Text(urls[0].query), "?resource=r");
}

TEST(EndpointUrl, ToldApartByPath) {
  EXPECT_EQ(Find("http://localhost:50342").at(0).path, EndpointUrl::Path::kNone);
  EXPECT_EQ(Find("http://localhost:50342/x").at(0).path, EndpointUrl::Path::kOther);
  EXPECT_EQ(Find("http://localhost:50342/oauth2/tokens").at(0).path, EndpointUrl::Path::kOther);
  EXPECT_EQ(Find("http://localhost:50342/metadata/identity/oauth2/token").at(0).path,
            EndpointUrl::Path::kImds);
}

TEST(EndpointUrl, LooksLikeOneOnAnotherPortOrNone) {
  for (const std::string port : {":8080", "", ":${PORT}", ":{port}", ":%d", ":$port"}) {
    const auto urls = Find("'http://localhost" + port + "/oauth2/token'");
    ASSERT_EQ(urls.size(), 1u) << port;
    EXPECT_FALSE(urls[0].on_known_port);
  }
}

TEST(EndpointUrl, IsNotMadeOfOtherHostsPortsAndPaths) {
  for (const std::string text :
       {"http://mylocalhost:50342/oauth2/token", "http://a.localhost:50342/oauth2/token",
        "http://localhost:503421/x", "http://localhost:5034/x",
        "http://example.com:50342/oauth2/token", "http://localhost:99999999999999999999/x"}) {
    EXPECT_TRUE(Find(text).empty()) << text;
  }
}

}  // namespace
}  // namespace openimds::migrate
