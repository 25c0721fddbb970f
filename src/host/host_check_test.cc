// SPDX-License-Identifier: Apache-2.0
#include "host/host_check.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const HostPlan kPlan{.guests = {"vnet*"}, .links = {{"vnet3", {"52540000000A"}, {"10.0.0.4"}}}};

HostView ReadyHost() {
  HostView view;
  view.interfaces = {"lo", "vnet3"};
  view.addresses = {{"lo", "127.0.0.1", false}, {"lo", "169.254.169.254", true}};
  view.chains = {HostRulesMark(kPlan), "input"};
  return view;
}

std::vector<std::string> BadSubjects(const HostView& view, const HostPlan& plan = kPlan) {
  std::vector<std::string> subjects;
  for (const HostFinding& finding : CheckHost(plan, view)) {
    if (!finding.good) subjects.push_back(finding.subject);
  }
  return subjects;
}

TEST(HostCheckTest, AHostThatIsSetUpIsGoodAndNeedsNothingMore) {
  EXPECT_THAT(BadSubjects(ReadyHost()), IsEmpty());
  EXPECT_THAT(*PlanSetup(kPlan, ReadyHost(), false), IsEmpty());
}

TEST(HostCheckTest, ABareHostNeedsRulesAndThenTheAddress) {
  EXPECT_THAT(BadSubjects({}), ElementsAre("169.254.169.254", "packet filter"));
  const auto commands = *PlanSetup(kPlan, {}, false);
  ASSERT_THAT(commands, SizeIs(2));
  EXPECT_THAT(commands[0].words, ElementsAre("nft", "-f", "-"));
  EXPECT_EQ(commands[0].input, RenderHostRules(kPlan));
  EXPECT_THAT(commands[1].words, ElementsAre("ip", "address", "add", "169.254.169.254/32", "dev",
                                             "lo", "label", "lo:openimds"));
}

TEST(HostCheckTest, TheWireServersAddressIsThereWhereItIsAskedFor) {
  HostPlan plan = kPlan;
  plan.wire_server = true;
  EXPECT_THAT(BadSubjects(ReadyHost(), plan), ElementsAre("168.63.129.16", "packet filter"));
}

TEST(HostCheckTest, RulesOfAnotherPlanAreToldAndReplaced) {
  HostView view = ReadyHost();
  view.chains = {"plan_0000000000000000"};
  EXPECT_THAT(BadSubjects(view), ElementsAre("packet filter"));
  EXPECT_THAT(*PlanSetup(kPlan, view, false), SizeIs(1));
}

TEST(HostCheckTest, AnAddressOnAnotherInterfaceIsNoGood) {
  HostView view = ReadyHost();
  view.addresses[1] = {"eth0", "169.254.169.254", false};
  EXPECT_THAT(BadSubjects(view), ElementsAre("169.254.169.254"));
}

TEST(HostCheckTest, AHostInACloudIsNotCutOffFromItsOwnMetadata) {
  HostView view;
  view.cloud = "Azure";
  EXPECT_THAT(BadSubjects(view), testing::Contains("cloud"));
  EXPECT_THAT(PlanSetup(kPlan, view, false), FailsWith(reasons::kHostCloud));
  EXPECT_THAT(*PlanSetup(kPlan, view, true), SizeIs(2));
}

TEST(HostCheckTest, AGuestWhoseAddressesNobodyKnowsIsTold) {
  HostPlan plan = kPlan;
  plan.links[0].macs.clear();
  HostView view = ReadyHost();
  view.chains = {HostRulesMark(plan)};
  EXPECT_THAT(BadSubjects(view, plan), ElementsAre("vnet3"));
  view.loopback_routed = {"vnet3"};
  EXPECT_THAT(BadSubjects(view, plan), ElementsAre("vnet3", "vnet3"));
}

TEST(HostCheckTest, TeardownTakesAwayWhatIsOursAndNothingElse) {
  HostView view = ReadyHost();
  view.addresses.push_back({"lo", "168.63.129.16", false});
  const auto commands = PlanTeardown(view);
  ASSERT_THAT(commands, SizeIs(2));
  EXPECT_THAT(commands[0].words,
              ElementsAre("ip", "address", "del", "169.254.169.254/32", "dev", "lo"));
  EXPECT_EQ(commands[1].input, RenderNoHostRules());
  EXPECT_THAT(PlanTeardown({}), IsEmpty());
}

TEST(HostCheckTest, TheScriptIsWhatAPersonWouldType) {
  EXPECT_EQ(RenderScript({{{"nft", "-f", "-"}, "table x\n"}, {{"ip", "address", "show"}, ""}}),
            "nft -f - <<'RULES'\ntable x\nRULES\nip address show\n");
}

}  // namespace
}  // namespace openimds
