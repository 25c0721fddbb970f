// SPDX-License-Identifier: Apache-2.0
#include "host/host_rules.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

using testing::HasSubstr;
using testing::Not;

HostPlan TestPlan() {
  return {.guests = {"vnet*", "tap3"},
          .links = {{"vnet3", {"52540000000A"}, {"10.0.0.4"}}, {"port7"}},
          .private_ports = {50343, 50344}};
}

TEST(HostRulesTest, AGuestSendsFromItsOwnAddressesOnly) {
  const std::string rules = RenderHostRules(TestPlan());
  EXPECT_THAT(rules,
              HasSubstr(R"(iifname "vnet3" ether saddr != { 52:54:00:00:00:0a } counter drop)"));
  EXPECT_THAT(rules,
              HasSubstr(R"(iifname "vnet3" ip saddr != { 10.0.0.4, 0.0.0.0 } counter drop)"));
  EXPECT_THAT(rules,
              HasSubstr(R"(iifname "vnet3" arp saddr ip != { 10.0.0.4, 0.0.0.0 } counter drop)"));
  EXPECT_THAT(rules, Not(HasSubstr(R"(iifname "port7" ether)")));
}

TEST(HostRulesTest, EveryGuestIsKeptFromTheHostsOwnCloudAndItsPrivatePorts) {
  const std::string rules = RenderHostRules(TestPlan());
  const std::string guests = R"(iifname { "port7", "tap3", "vnet*" } )";
  EXPECT_THAT(rules, HasSubstr(guests + "ip daddr { 169.254.169.254 } tcp dport 80 accept"));
  EXPECT_THAT(rules,
              HasSubstr(guests + "ip daddr { 169.254.169.254, 168.63.129.16 } counter drop"));
  EXPECT_THAT(rules, HasSubstr(guests + "tcp dport { 50343, 50344 } counter drop"));
  EXPECT_THAT(rules, HasSubstr(guests + "ip daddr 127.0.0.0/8 counter drop"));
}

TEST(HostRulesTest, WithoutGuestsThereAreTablesAndNoRules) {
  EXPECT_THAT(RenderHostRules({}), Not(HasSubstr("iifname")));
}

TEST(HostRulesTest, TheMarkChangesWithThePlan) {
  const HostPlan plan = TestPlan();
  EXPECT_EQ(HostRulesMark(plan), HostRulesMark(TestPlan()));
  EXPECT_THAT(RenderHostRules(plan), HasSubstr("chain " + HostRulesMark(plan) + " {"));
  HostPlan other = plan;
  other.links[0].ipv4 = {"10.0.0.5"};
  EXPECT_NE(HostRulesMark(plan), HostRulesMark(other));
  other = plan;
  other.wire_server = true;
  EXPECT_NE(HostRulesMark(plan), HostRulesMark(other));
}

TEST(HostRulesTest, NothingButNamesAndAddressesReachesTheRules) {
  EXPECT_THAT(CheckHostPlan(TestPlan()), IsOk());
  for (const char* name : {"", "*\"", "a b", "vnet3\"; drop", "averyveryverylong", "x\ny", "a*b"}) {
    EXPECT_THAT(CheckHostPlan({.guests = {name}}), FailsWith(reasons::kHostInterface)) << name;
    EXPECT_THAT(CheckHostPlan({.links = {{name}}}), FailsWith(reasons::kHostInterface));
  }
  EXPECT_THAT(CheckHostPlan({.links = {{"vnet3", {"zz"}}}}), FailsWith(reasons::kHostInterface));
  EXPECT_THAT(CheckHostPlan({.links = {{"vnet3", {}, {"10.0.0.0/8"}}}}),
              FailsWith(reasons::kHostInterface));
}

}  // namespace
}  // namespace openimds
