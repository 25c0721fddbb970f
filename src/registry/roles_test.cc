// SPDX-License-Identifier: Apache-2.0
#include "registry/roles.h"

#include <gtest/gtest.h>

#include <memory>

namespace openimds {
namespace {

const Guid kWho = *Guid::Parse("aaaaaaaa-0000-0000-0000-000000000001");

Snapshot With(std::string_view role, const std::string& scope) {
  Snapshot snapshot;
  snapshot.role_assignments.emplace(
      Guid(), std::make_shared<const RoleAssignment>(RoleAssignment{
                  Guid(), scope, *Guid::Parse(FindRoleNamed(role)->name), kWho, ""}));
  return snapshot;
}

TEST(RolesTest, AStarStandsForAnything) {
  EXPECT_TRUE(MatchesAction("*", "A/b/read"));
  EXPECT_TRUE(MatchesAction("*/read", "A/b/READ"));
  EXPECT_TRUE(MatchesAction("A/*/write", "a/b/c/write"));
  EXPECT_TRUE(MatchesAction("A/b/*/read", "A/b/read"));
  EXPECT_FALSE(MatchesAction("*/read", "A/b/reader"));
  EXPECT_FALSE(MatchesAction("A/b/read", "A/b/c/read"));
  EXPECT_FALSE(MatchesAction("", "A"));
}

TEST(RolesTest, AScopeHoldsWhatLiesUnderItAndNothingBeside) {
  EXPECT_TRUE(IsInScope("/", "/subscriptions/a"));
  EXPECT_TRUE(IsInScope("/subscriptions/a", "/SUBSCRIPTIONS/A/resourceGroups/b"));
  EXPECT_TRUE(IsInScope("/subscriptions/a", "/subscriptions/a"));
  EXPECT_FALSE(IsInScope("/subscriptions/a", "/subscriptions/ab"));
  EXPECT_FALSE(IsInScope("/subscriptions/a/resourceGroups/b", "/subscriptions/a"));
}

TEST(RolesTest, NotActionsTakeFromActions) {
  const Snapshot snapshot = With("Contributor", "/subscriptions/a");
  EXPECT_TRUE(MayAct(snapshot, kWho, "Microsoft.Compute/virtualMachines/write",
                     "/subscriptions/a/resourceGroups/b"));
  EXPECT_FALSE(MayAct(snapshot, kWho, "Microsoft.Authorization/roleAssignments/write",
                      "/subscriptions/a/resourceGroups/b"));
  EXPECT_TRUE(
      MayAct(snapshot, kWho, "Microsoft.Authorization/roleAssignments/read", "/subscriptions/a"));
}

TEST(RolesTest, AnOperatorOfIdentitiesSeesAndAssignsThemAndNoMore) {
  const std::string identities = "Microsoft.ManagedIdentity/userAssignedIdentities/";
  const Snapshot snapshot = With("Managed Identity Operator", "/subscriptions/a");
  for (const std::string action : {"read", "assign/action"}) {
    EXPECT_TRUE(MayAct(snapshot, kWho, identities + action, "/subscriptions/a")) << action;
  }
  EXPECT_FALSE(MayAct(snapshot, kWho, identities + "write", "/subscriptions/a"));
  EXPECT_FALSE(
      MayAct(snapshot, kWho, "Microsoft.Compute/virtualMachines/write", "/subscriptions/a"));
}

TEST(RolesTest, SomebodyElseHasNoneOfIt) {
  const Snapshot snapshot = With("Owner", "/");
  EXPECT_TRUE(MayAct(snapshot, kWho, "A/b/write", "/subscriptions/a"));
  EXPECT_FALSE(MayAct(snapshot, Guid(), "A/b/write", "/subscriptions/a"));
}

TEST(RolesTest, ASmallScopeIsInsideALargeOne) {
  const Snapshot snapshot = With("Reader", "/subscriptions/a/resourceGroups/b");
  EXPECT_FALSE(MayAct(snapshot, kWho, "A/b/read", "/subscriptions/a"));
  EXPECT_TRUE(MayActInside(snapshot, kWho, "A/b/read", "/subscriptions/a"));
  EXPECT_FALSE(MayActInside(snapshot, kWho, "A/b/read", "/subscriptions/c"));
}

}  // namespace
}  // namespace openimds
