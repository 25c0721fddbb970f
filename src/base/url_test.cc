// SPDX-License-Identifier: Apache-2.0
#include "base/url.h"

#include <gtest/gtest.h>

namespace openimds {
namespace {

TEST(UrlTest, TheHostIsWithoutSchemePortAndPath) {
  EXPECT_EQ(HostOfUrl("https://login.example:8443/t/v2.0"), "login.example");
  EXPECT_EQ(HostOfUrl("http://127.0.0.1:50343"), "127.0.0.1");
  EXPECT_EQ(HostOfUrl("http://[::1]:50343/x"), "[::1]");
  EXPECT_EQ(HostOfUrl("https://[fe80::1]"), "[fe80::1]");
  EXPECT_EQ(HostOfUrl("login.example/x"), "login.example");
  EXPECT_EQ(HostOfUrl(""), "");
}

}  // namespace
}  // namespace openimds
