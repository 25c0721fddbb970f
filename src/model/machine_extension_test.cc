// SPDX-License-Identifier: Apache-2.0
#include "model/machine_extension.h"

#include <gtest/gtest.h>

#include <string>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

namespace openimds {
namespace {

constexpr char kGroup[] = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g";

ResourceId IdOf(const std::string& rest) { return *ResourceId::Parse(kGroup + rest); }

boost::json::object Object(std::string_view text) { return boost::json::parse(text).as_object(); }

TEST(MachineExtensionTest, ExtensionsAreOfMachinesAndOfInstances) {
  const std::string compute = "/providers/Microsoft.Compute/";
  const std::string instance = compute + "virtualMachineScaleSets/s/virtualMachines/0";
  EXPECT_TRUE(IsExtension(IdOf(compute + "VIRTUALmachines/m/Extensions/e")));
  EXPECT_TRUE(IsExtension(IdOf(instance + "/extensions/e")));
  EXPECT_EQ(MachineOfExtension(IdOf(instance + "/extensions/e")), IdOf(instance));
  EXPECT_EQ(MachineOfExtension(IdOf(compute + "virtualMachines/m/extensions/e")),
            IdOf(compute + "virtualMachines/m"));
  // Those of a scale set itself are part of its model.
  EXPECT_FALSE(IsExtension(IdOf(compute + "virtualMachineScaleSets/s/extensions/e")));
  EXPECT_FALSE(IsExtension(IdOf(compute + "virtualMachines/m/runCommands/e")));
  EXPECT_FALSE(IsExtension(IdOf(compute + "virtualMachines/m")));
}

TEST(MachineExtensionTest, ThePortIsANumberOrATextAndHasAUsualOne) {
  const std::string begin =
      R"({"publisher":"microsoft.managedidentity","type":"ManagedIdentityExtensionForWindows")";
  const struct {
    const char* settings;
    int port;
  } rows[] = {{"", 50342},
              {R"(,"settings":{})", 50342},
              {R"(,"settings":{"port":7})", 7},
              {R"(,"settings":{"port":"65535"})", 65535},
              {R"(,"settings":{"port":65536})", 0},
              {R"(,"settings":{"port":-1})", 0},
              {R"(,"settings":{"port":"x"})", 0}};
  for (const auto& [settings, port] : rows) {
    const ExtensionFacts facts = FactsOf(Object(begin + settings + "}"));
    EXPECT_TRUE(facts.is_managed_identity);
    EXPECT_EQ(facts.port, port) << settings;
  }
  EXPECT_FALSE(FactsOf(Object(R"({"publisher":"Contoso","type":"Script"})")).is_managed_identity);
}

TEST(MachineExtensionTest, AModelGivesBackTheExtensionsThatItWasGiven) {
  boost::json::object scale_set = Object(R"({"properties":{"virtualMachineProfile":{"a":1}}})");
  EXPECT_TRUE(ModelExtensions(scale_set).empty());
  SetModelExtensions({{"one", Object(R"({"type":"t"})")}, {"two", {}}}, &scale_set);
  const auto given = ModelExtensions(scale_set);
  ASSERT_EQ(given.size(), 2u);
  EXPECT_EQ(given[0].name, "one");
  EXPECT_EQ(given[0].properties, Object(R"({"type":"t"})"));
  EXPECT_EQ(given[1].name, "two");
  EXPECT_EQ(scale_set.at("properties").at("virtualMachineProfile").at("a").as_int64(), 1);
}

TEST(MachineExtensionTest, WhatIsNoListOfNamedExtensionsIsNone) {
  for (const char* profile :
       {"{}", R"({"extensions":{}})", R"({"extensions":[1,{},{"name":""}]})"}) {
    const std::string text =
        std::string(R"({"properties":{"virtualMachineProfile":{"extensionProfile":)") + profile +
        "}}}";
    EXPECT_TRUE(ModelExtensions(Object(text)).empty()) << profile;
  }
}

}  // namespace
}  // namespace openimds
