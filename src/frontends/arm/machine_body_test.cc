// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/machine_body.h"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "testing/matchers.h"

namespace openimds::arm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ResourceId IdentityNamed(const std::string& name) {
  return *ResourceId::Parse(
      "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/"
      "Microsoft.ManagedIdentity/userAssignedIdentities/" +
      name);
}

Result<MachineBody> Read(const std::string& body, bool replaces = false) {
  return ReadMachineBody(boost::json::parse(body).as_object(), replaces);
}

std::string IdentityBody(const std::string& type, const std::string& ids = "") {
  return R"({"identity":{"type":")" + type + R"(","userAssignedIdentities":{)" + ids + "}}}";
}

std::string Member(const std::string& name, const std::string& value) {
  return "\"" + IdentityNamed(name).text() + "\":" + value;
}

// A system-assigned identity, and the user-assigned ones `a` and `b`.
WantedIdentities Now() { return {true, {IdentityNamed("a"), IdentityNamed("b")}}; }

WantedIdentities Wanted(const std::string& body, bool replaces = false) {
  const auto read = Read(body, replaces);
  EXPECT_THAT(read, IsOk());
  const auto wanted = WantedBy(*read, Now());
  EXPECT_THAT(wanted, IsOk());
  return *wanted;
}

TEST(MachineBodyTest, APatchAddsAndTakesAway) {
  const auto added = Wanted(IdentityBody("SystemAssigned, UserAssigned", Member("c", "{}")));
  EXPECT_TRUE(added.system_assigned);
  EXPECT_THAT(added.user_assigned,
              ElementsAre(IdentityNamed("a"), IdentityNamed("b"), IdentityNamed("c")));
  const auto taken = Wanted(IdentityBody("UserAssigned", Member("A", "null")));
  EXPECT_FALSE(taken.system_assigned);
  EXPECT_THAT(taken.user_assigned, ElementsAre(IdentityNamed("b")));
}

TEST(MachineBodyTest, APutNamesAllOfThem) {
  EXPECT_THAT(Wanted(IdentityBody("UserAssigned", Member("c", "{}")), true).user_assigned,
              ElementsAre(IdentityNamed("c")));
}

TEST(MachineBodyTest, ATypeWithoutUserAssignedTakesThemAll) {
  EXPECT_THAT(Wanted(IdentityBody("SystemAssigned")).user_assigned, IsEmpty());
  const auto none = Wanted(IdentityBody("None"));
  EXPECT_FALSE(none.system_assigned);
  EXPECT_THAT(none.user_assigned, IsEmpty());
}

TEST(MachineBodyTest, WhatIsNotSaidStays) {
  for (const bool replaces : {false, true}) {
    const auto wanted = Wanted("{}", replaces);
    EXPECT_TRUE(wanted.system_assigned);
    EXPECT_EQ(wanted.user_assigned.size(), 2U);
  }
}

TEST(MachineBodyTest, TypesAreReadWithoutCaseAndSpaces) {
  EXPECT_TRUE(Read(IdentityBody("systemassigned,USERASSIGNED"))->identity->user_assigned);
  EXPECT_EQ(Read(IdentityBody("System")).error().code, "InvalidParameter");
}

TEST(MachineBodyTest, NothingSecretAndNothingThatFollowsIsKept) {
  const auto read = Read(R"({"id":"x","location":"l","identity":null,"tags":{"a":"b"},"zones":["1"],
      "properties":{"vmId":"x","priority":null,"osProfile":{"adminPassword":"p","customData":"c",
      "computerName":"n"}}})");
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(
      boost::json::value(read->document),
      boost::json::parse(R"({"zones":["1"],"properties":{"osProfile":{"computerName":"n"}}})"));
}

TEST(MachineBodyTest, SizeAndTagsGoToTheProfileAndHaveOnePlace) {
  const auto read = Read(R"({"tags":{"a":"b"},"properties":{"hardwareProfile":{"vmSize":"s"}}})");
  MachineProfile profile;
  ASSERT_THAT(profile.SetTag("old", "1"), IsOk());
  ASSERT_THAT(ApplyToProfile(*read, &profile), IsOk());
  EXPECT_EQ(
      boost::json::value(profile.json()),
      boost::json::parse(R"({"compute":{"tagsList":[{"name":"a","value":"b"}],"vmSize":"s"}})"));
  const auto merged = MergedDocument(*read, {}, FromUnixSeconds(0));
  EXPECT_EQ(boost::json::value(merged),
            boost::json::parse(
                R"({"properties":{"hardwareProfile":{},"timeCreated":"1970-01-01T00:00:00Z"}})"));
}

TEST(MachineBodyTest, APatchGoesIntoObjects) {
  const auto before =
      boost::json::parse(R"({"zones":["1"],"properties":{"a":{"x":1,"y":2},"timeCreated":"t"}})");
  const auto merged = MergedDocument(*Read(R"({"properties":{"a":{"y":3}}})"), before.as_object(),
                                     FromUnixSeconds(0));
  EXPECT_EQ(
      boost::json::value(merged),
      boost::json::parse(R"({"zones":["1"],"properties":{"a":{"x":1,"y":3},"timeCreated":"t"}})"));
}

}  // namespace
}  // namespace openimds::arm
