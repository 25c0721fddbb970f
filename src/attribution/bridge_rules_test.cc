// SPDX-License-Identifier: Apache-2.0
#include "attribution/bridge_rules.h"

#include <gmock/gmock.h>

namespace openimds {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::vector<IpAddress> kGuests = {*IpAddress::Parse("169.254.169.254")};

TEST(BridgeRulesTest, WithoutPortsTheTableIsTakenAway) {
  EXPECT_EQ(RenderBridgeRules({}, kGuests),
            "table bridge openimds {}\ndelete table bridge openimds\n");
}

TEST(BridgeRulesTest, OnePortAsItIsRead) {
  EXPECT_EQ(RenderBridgeRules({{"vnet3", 0x494d0001, false}}, kGuests),
            R"nft(table bridge openimds {}
delete table bridge openimds
table bridge openimds {
  chain from_guests {
    type filter hook prerouting priority -200; policy accept;
    ip daddr { 169.254.169.254 } meta mark set 0
    iifname "vnet3" ip daddr { 169.254.169.254 } ip ttl < 64 drop
    iifname "vnet3" ip daddr { 169.254.169.254 } meta mark set 0x494d0001
  }
  chain to_guests {
    type filter hook output priority 200; policy accept;
    meta mark 0x494d0001 oifname != "vnet3" drop
    meta mark 0x494d0001 meta protocol ip ip ttl set 1
  }
}
)nft");
}

TEST(BridgeRulesTest, APortThatMayForwardKeepsItsMarkAndItsWall) {
  const std::string rules = RenderBridgeRules({{"vnet3", 1, true}}, kGuests);
  EXPECT_THAT(rules, Not(HasSubstr("ttl")));
  EXPECT_THAT(rules, HasSubstr("meta mark 0x00000001 oifname != \"vnet3\" drop"));
}

TEST(BridgeRulesTest, BothFamiliesAreMarked) {
  auto guests = kGuests;
  guests.push_back(*IpAddress::Parse("fd00::254"));
  const std::string rules = RenderBridgeRules({{"vnet3", 1, false}}, guests);
  EXPECT_THAT(rules, HasSubstr("iifname \"vnet3\" ip6 daddr { fd00::254 } meta mark set"));
  EXPECT_THAT(rules, HasSubstr("ip6 hoplimit set 1"));
}

}  // namespace
}  // namespace openimds
