// SPDX-License-Identifier: Apache-2.0
#include "registry/identity_selector.h"

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/reasons.h"
#include "base/text.h"
#include "registry/registry_fixture.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr bool kSystem = true;

// Machine `vm1`. Its system-assigned identity has client id 100 and object id 200, its
// user-assigned ones are `id1` with 101 and 201, `id2` with 102 and 202, …
std::shared_ptr<const MachineEntry> MachineWith(bool system_assigned, unsigned user_assigned) {
  Machine machine{MachineId("vm1"), "local", NumberedGuid(1), std::nullopt, {}};
  if (system_assigned) {
    machine.system_assigned = Identity{IdentityKind::kSystemAssigned,
                                       machine.id,
                                       "local",
                                       NumberedGuid(9),
                                       NumberedGuid(100),
                                       NumberedGuid(200)};
  }
  std::vector<std::shared_ptr<const Identity>> identities;
  for (unsigned i = 1; i <= user_assigned; ++i) {
    const ResourceId id = IdentityId("id" + std::to_string(i));
    machine.user_assigned.push_back(id);
    identities.push_back(std::make_shared<Identity>(
        Identity{IdentityKind::kUserAssigned, id, "local", NumberedGuid(9), NumberedGuid(100 + i),
                 NumberedGuid(200 + i)}));
  }
  return MakeMachineEntry(std::move(machine), std::move(identities));
}

IdentitySelector ByClientId(std::string value) { return {.client_id = std::move(value)}; }
IdentitySelector ByObjectId(std::string value) { return {.object_id = std::move(value)}; }
IdentitySelector ByResourceId(std::string value) { return {.resource_id = std::move(value)}; }

// The client id of the one selected, its last digits.
std::string Select(const MachineEntry& machine, const IdentitySelector& selector) {
  const auto identity = SelectIdentity(machine, selector);
  if (!identity) return std::string(identity.error().reason);
  return (*identity)->client_id.ToString().substr(33);
}

TEST(IdentitySelectorTest, BB01TwoUserAssignedIdentitiesAndNoSelectorAreAmbiguous) {
  const auto machine = MachineWith(!kSystem, 2);
  const auto selected = SelectIdentity(*machine, {});
  ASSERT_THAT(selected, FailsWith(reasons::kIdentityAmbiguous));
  EXPECT_EQ(selected.error().kind, ErrorKind::kInvalidRequest);
  EXPECT_EQ(Select(*machine, ByClientId(NumberedGuid(101).ToString())), "101");
}

TEST(IdentitySelectorTest, BB02TheSystemAssignedIdentityIsTheDefault) {
  EXPECT_EQ(Select(*MachineWith(kSystem, 0), {}), "100");
  EXPECT_EQ(Select(*MachineWith(kSystem, 1), {}), "100");
  EXPECT_EQ(Select(*MachineWith(kSystem, 3), {}), "100");
}

TEST(IdentitySelectorTest, BB02TheOnlyUserAssignedIdentityIsTheDefaultWithoutASystemAssignedOne) {
  EXPECT_EQ(Select(*MachineWith(!kSystem, 1), {}), "101");
}

TEST(IdentitySelectorTest, BB03AResourceIdSelectsInAnySpelling) {
  const auto machine = MachineWith(kSystem, 2);
  const std::string id = IdentityId("id2").text();
  std::string upper = id;
  for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  std::string old_style = id;
  old_style.replace(old_style.find("resourceGroups"), 14, "resourcegroups");
  for (const std::string& spelling : {id, upper, LowerAscii(id), old_style, id.substr(1)}) {
    EXPECT_EQ(Select(*machine, ByResourceId(spelling)), "102") << spelling;
  }
}

TEST(IdentitySelectorTest, SelectsByClientIdAndByObjectIdInAnyCase) {
  const auto machine = MachineWith(kSystem, 2);
  EXPECT_EQ(Select(*machine, ByClientId("AAAAAAAA-0000-0000-0000-000000000102")), "102");
  EXPECT_EQ(Select(*machine, ByObjectId("aaaaaaaa-0000-0000-0000-000000000202")), "102");
}

TEST(IdentitySelectorTest, SelectsTheSystemAssignedIdentityByName) {
  const auto machine = MachineWith(kSystem, 2);
  EXPECT_EQ(Select(*machine, ByClientId(NumberedGuid(100).ToString())), "100");
  EXPECT_EQ(Select(*machine, ByObjectId(NumberedGuid(200).ToString())), "100");
  EXPECT_EQ(Select(*machine, ByResourceId(MachineId("VM1").text())), "100");
}

TEST(IdentitySelectorTest, NeverMistakesAClientIdForAnObjectId) {
  const auto machine = MachineWith(kSystem, 1);
  EXPECT_EQ(Select(*machine, ByObjectId(NumberedGuid(101).ToString())), reasons::kIdentityNotFound);
  EXPECT_EQ(Select(*machine, ByClientId(NumberedGuid(201).ToString())), reasons::kIdentityNotFound);
}

TEST(IdentitySelectorTest, BB07ABadResourceIdMatchesNothing) {
  const auto machine = MachineWith(kSystem, 1);
  const std::string id = IdentityId("id1").text();
  for (const std::string& bad :
       {std::string("/subscriptions/xxxxx"), std::string(), std::string("/"), std::string("id1"),
        id + "/", "/" + id, id + " ", id + std::string(1, '\0'), id.substr(0, id.size() - 1),
        IdentityId("id2").text(), GroupId().text(), MachineId("vm2").text(),
        std::string(100'000, '/')}) {
    EXPECT_EQ(Select(*machine, ByResourceId(bad)), reasons::kIdentityNotFound) << bad.substr(0, 99);
  }
}

TEST(IdentitySelectorTest, BB07ABadResourceIdBesideAGoodClientIdIsRefused) {
  const auto machine = MachineWith(kSystem, 1);
  const IdentitySelector both{.client_id = NumberedGuid(101).ToString(),
                              .resource_id = "/subscriptions/xxxxx"};
  const auto selected = SelectIdentity(*machine, both);
  ASSERT_THAT(selected, FailsWith(reasons::kSelectorConflict));
  EXPECT_EQ(selected.error().kind, ErrorKind::kInvalidRequest);
}

TEST(IdentitySelectorTest, TwoKindsOfSelectorAreRefusedEvenIfTheyAgree) {
  const auto machine = MachineWith(kSystem, 1);
  const std::string client = NumberedGuid(101).ToString();
  const std::string object = NumberedGuid(201).ToString();
  const std::string resource = IdentityId("id1").text();
  const std::vector<IdentitySelector> conflicting = {
      {.client_id = client, .object_id = object},
      {.client_id = client, .resource_id = resource},
      {.object_id = object, .resource_id = resource},
      {.client_id = client, .object_id = object, .resource_id = resource},
      {.client_id = "", .object_id = object}};
  for (const IdentitySelector& selector : conflicting) {
    EXPECT_EQ(Select(*machine, selector), reasons::kSelectorConflict);
  }
  EXPECT_EQ(Select(*MachineWith(!kSystem, 0), conflicting[0]), reasons::kSelectorConflict);
}

TEST(IdentitySelectorTest, BB09NothingIsFoundOnAMachineWithoutIdentities) {
  const auto machine = MachineWith(!kSystem, 0);
  const auto selected = SelectIdentity(*machine, {});
  ASSERT_THAT(selected, FailsWith(reasons::kIdentityNotFound));
  EXPECT_EQ(selected.error().kind, ErrorKind::kInvalidRequest);
  EXPECT_EQ(Select(*machine, ByClientId(NumberedGuid(101).ToString())), reasons::kIdentityNotFound);
}

TEST(IdentitySelectorTest, BB11AnIdTriedAsEveryKindOfSelectorMatchesOnlyWhereItBelongs) {
  const auto machine = MachineWith(kSystem, 1);
  const std::string object = NumberedGuid(201).ToString();
  EXPECT_EQ(Select(*machine, ByClientId(object)), reasons::kIdentityNotFound);
  EXPECT_EQ(Select(*machine, ByObjectId(object)), "101");
  EXPECT_EQ(Select(*machine, ByResourceId(object)), reasons::kIdentityNotFound);
}

TEST(IdentitySelectorTest, BB11ANameOrOtherTextThatIsNoGuidMatchesNothing) {
  const auto machine = MachineWith(kSystem, 1);
  const std::string client = NumberedGuid(101).ToString();
  for (const std::string& bad :
       {std::string("id1"), std::string(), "{" + client + "}", client + " ", " " + client,
        client + "0", client.substr(1), std::string(36, '0'), std::string(100'000, 'a')}) {
    EXPECT_EQ(Select(*machine, ByClientId(bad)), reasons::kIdentityNotFound) << bad.substr(0, 99);
    EXPECT_EQ(Select(*machine, ByObjectId(bad)), reasons::kIdentityNotFound) << bad.substr(0, 99);
  }
}

TEST(IdentitySelectorTest, ANamedIdentityThatTheMachineLacksIsNeverReplacedByTheDefault) {
  for (const auto& machine : {MachineWith(kSystem, 0), MachineWith(!kSystem, 1)}) {
    EXPECT_EQ(Select(*machine, ByClientId(NumberedGuid(109).ToString())),
              reasons::kIdentityNotFound);
  }
}

TEST(IdentitySelectorTest, ARefusalDoesNotRepeatWhatTheCallerSent) {
  const auto selected = SelectIdentity(*MachineWith(kSystem, 1), ByClientId("\x1b[31mevil"));
  ASSERT_THAT(selected, FailsWith(reasons::kIdentityNotFound));
  EXPECT_THAT(selected.error().message, Not(HasSubstr("evil")));
}

}  // namespace
}  // namespace openimds
