// SPDX-License-Identifier: Apache-2.0
#include "attribution/loopback_uid_attributor.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "registry/identity_selector.h"
#include "testing/matchers.h"
#include "testing/sample_entities.h"

namespace openimds {
namespace {

class LoopbackUidAttributorTest : public testing::Test {
 protected:
  LoopbackUidAttributorTest() {
    const auto web = std::make_shared<Identity>(SampleUserAssignedIdentity("web"));
    const auto api = std::make_shared<Identity>(SampleUserAssignedIdentity("api"));
    Machine machine = SampleMachine("vm1");
    machine.user_assigned = {web->id, api->id};
    snapshot_.AddMachine(MakeMachineEntry(machine, {web, api}));
  }
  // The names of the identities that the user may ask for, its own one as `system`.
  Result<std::vector<std::string>> Seen(const Attributor& attributor, std::optional<uid_t> user) {
    Peer peer;
    peer.local_user = user;
    TRY(const auto machine, attributor.Attribute(peer, snapshot_));
    std::vector<std::string> names;
    if (machine->system_assigned) names.emplace_back("system");
    for (const auto& identity : machine->user_assigned) names.emplace_back(identity->id.name());
    return names;
  }
  Snapshot snapshot_;
};

LoopbackUidAttributor With(std::initializer_list<const char*> rules) {
  std::vector<LocalUserRule> parsed;
  for (const char* rule : rules) parsed.push_back(*ParseLocalUserRule(rule));
  return {"vm1", std::move(parsed)};
}

using Names = std::vector<std::string>;

TEST_F(LoopbackUidAttributorTest, EachUserSeesTheIdentitiesOfItsRule) {
  const auto attributor = With({"33: WEB", "1000:system , api", "0"});
  EXPECT_EQ(Seen(attributor, 33), (Names{"web"}));
  EXPECT_EQ(Seen(attributor, 1000), (Names{"system", "api"}));
  EXPECT_EQ(Seen(attributor, 0), (Names{"system", "web", "api"}));
  EXPECT_THAT(Seen(attributor, 34), FailsWith(reasons::kUserNotAllowed));
}

TEST_F(LoopbackUidAttributorTest, TheFirstRuleThatFitsCounts) {
  const auto attributor = With({"33:web", "*:api"});
  EXPECT_EQ(Seen(attributor, 33), (Names{"web"}));
  EXPECT_EQ(Seen(attributor, 34), (Names{"api"}));
}

TEST_F(LoopbackUidAttributorTest, AUserThatTheKernelDoesNotNameIsRefusedEvenWhereAllMay) {
  EXPECT_THAT(Seen(With({"*"}), std::nullopt), FailsWith(reasons::kUserNotFound));
}

TEST_F(LoopbackUidAttributorTest, AChangedMachineIsSeenAtOnce) {
  const auto attributor = With({"33:web"});
  ASSERT_EQ(Seen(attributor, 33), (Names{"web"}));
  snapshot_.RemoveMachine(SampleMachine("vm1").id);
  snapshot_.AddMachine(MakeMachineEntry(SampleMachine("vm1"), {}));
  EXPECT_EQ(Seen(attributor, 33), Names{});
}

TEST_F(LoopbackUidAttributorTest, AnIdentityOutsideTheRuleIsNotThere) {
  Peer peer;
  peer.local_user = 33;
  const auto attributor = With({"33:web"});
  const auto machine = attributor.Attribute(peer, snapshot_);
  ASSERT_THAT(machine, IsOk());
  IdentitySelector selector;
  selector.client_id = snapshot_.FindMachine("vm1")->user_assigned[1]->client_id.ToString();
  EXPECT_THAT(SelectIdentity(**machine, selector), FailsWith(reasons::kIdentityNotFound));
}

TEST(LocalUserRuleTest, NamesAreLookedUpAndNonsenseIsRefused) {
  const auto root = ParseLocalUserRule("root");
  ASSERT_THAT(root, IsOk());
  EXPECT_EQ(root->uid, 0U);
  EXPECT_FALSE(ParseLocalUserRule("*")->uid);
  for (const char* text :
       {"", ":web", "no-such-user-here", "4294967295", "root:", "root: ,web", "-1"}) {
    EXPECT_THAT(ParseLocalUserRule(text), FailsWith(reasons::kConfigInvalid)) << text;
  }
}

}  // namespace
}  // namespace openimds
