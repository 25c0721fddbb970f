// SPDX-License-Identifier: Apache-2.0
#include "model/attachment.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

using Way = AttachmentWay;

TEST(AttachmentTest, EachPlaceHasOneSpelling) {
  const struct {
    Way way;
    const char* text;
    const char* place;
  } cases[] = {
      {Way::kInterface, "vnet3", "vnet3"},
      {Way::kBridgePort, "tap100i0", "tap100i0"},
      {Way::kInterface, "veth0@if2.100", "veth0@if2.100"},
      {Way::kNetns, "web", "/run/netns/web"},
      {Way::kNetns, "/var/run/netns/web", "/run/netns/web"},
      {Way::kNetns, "/run/docker/netns/0a1b", "/run/docker/netns/0a1b"},
      {Way::kSourceIp, "10.0.0.7", "10.0.0.7"},
      {Way::kSourceIp, "::ffff:10.0.0.7", "10.0.0.7"},
      {Way::kSourceIp, "FD00:0::7", "fd00::7"},
      {Way::kUnixPeer, "/run/web.sock", "/run/web.sock"},
      {Way::kVsock, "3", "3"},
      {Way::kVsock, "007", "7"},
  };
  for (const auto& it : cases) {
    const auto place = CanonicalPlace(it.way, it.text);
    ASSERT_THAT(place, IsOk()) << it.text;
    EXPECT_EQ(*place, it.place);
  }
}

TEST(AttachmentTest, RefusesWhatIsNoPlaceOfOneGuest) {
  const struct {
    Way way;
    const char* text;
  } cases[] = {
      {Way::kInterface, ""},
      {Way::kInterface, "lo"},
      {Way::kInterface, ".."},
      {Way::kInterface, "sixteen-letters-"},
      {Way::kBridgePort, "a b"},
      {Way::kBridgePort, "a\"; flush ruleset"},
      {Way::kNetns, ""},
      {Way::kNetns, ".."},
      {Way::kNetns, "/proc/7/ns/net"},
      {Way::kNetns, "/run/netns/../x"},
      {Way::kNetns, "/run/netns/"},
      {Way::kNetns, "a/b"},
      {Way::kSourceIp, ""},
      {Way::kSourceIp, "10.0.0.0/24"},
      {Way::kSourceIp, "127.0.0.1"},
      {Way::kSourceIp, "::1"},
      {Way::kSourceIp, "0.0.0.0"},
      {Way::kSourceIp, "255.255.255.255"},
      {Way::kSourceIp, "224.0.0.1"},
      {Way::kSourceIp, "ff02::1"},
      {Way::kSourceIp, "fe80::1%eth0"},
      {Way::kUnixPeer, "web.sock"},
      {Way::kUnixPeer, "/"},
      {Way::kVsock, "2"},
      {Way::kVsock, "-1"},
      {Way::kVsock, "4294967295"},
  };
  for (const auto& it : cases) {
    EXPECT_THAT(CanonicalPlace(it.way, it.text), FailsWith(reasons::kArgumentInvalid)) << it.text;
  }
}

TEST(AttachmentTest, TheSameDeviceIsOneClaimHoweverItIsHeard) {
  EXPECT_EQ(ClaimOf(Way::kInterface, "vnet3"), ClaimOf(Way::kBridgePort, "vnet3"));
  EXPECT_NE(ClaimOf(Way::kInterface, "5"), ClaimOf(Way::kVsock, "5"));
}

TEST(AttachmentTest, WaysAreReadAsTheyAreWritten) {
  for (const std::string_view name : kAttachmentWayNames) {
    ASSERT_TRUE(ParseAttachmentWay(name)) << name;
    EXPECT_EQ(ToText(*ParseAttachmentWay(name)), name);
  }
  EXPECT_FALSE(ParseAttachmentWay("mac"));
}

}  // namespace
}  // namespace openimds
