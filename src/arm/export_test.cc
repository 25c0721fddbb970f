// SPDX-License-Identifier: Apache-2.0
#include "arm/export.h"

#include <gmock/gmock.h>

#include <random>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "arm/expression.h"
#include "arm/memory_deployer_test_fixture.h"
#include "arm/resource_view.h"
#include "testing/matchers.h"

namespace openimds::templates {
namespace {

using testing::HasSubstr;
using testing::Not;

namespace json = boost::json;

std::vector<json::object> Parse(const std::string& resources) {
  const json::value list = json::parse(resources);
  std::vector<json::object> parsed;
  for (const json::value& resource : list.as_array()) parsed.push_back(resource.as_object());
  return parsed;
}

json::object ExportOf(const std::string& resources, const ExportOptions& options = {}) {
  const auto exported = ExportTemplate(Parse(resources), options);
  EXPECT_THAT(exported, IsOk());
  return exported.value_or(json::object());
}

constexpr char kMachine[] = R"({
  "id":")" TEST_GROUP R"(/providers/Microsoft.Compute/virtualMachines/vm-1","name":"vm-1",
  "type":"Microsoft.Compute/virtualMachines","location":"westus","etag":"x",
  "identity":{"type":"SystemAssigned, UserAssigned","principalId":"aaaaaaaa-0000-0000-0000-000000000001","tenantId":"t",
    "userAssignedIdentities":{")" TEST_GROUP
                            R"(/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id1":
      {"principalId":"p","clientId":"c"}}},
  "resources":[{"id":"child"}],
  "properties":{"vmId":"v","provisioningState":"Succeeded","instanceView":{},"hardwareProfile":{"vmSize":"s"},
    "osProfile":{"computerName":"vm-1","adminPassword":"hunter2","secrets":[],"customData":"hunter2","note":"[not an expression]"},
    "networkProfile":{"networkInterfaces":[{"id":")" TEST_GROUP
                            R"(/providers/Microsoft.Network/networkInterfaces/nic"}]}}})";
constexpr char kIdentity[] =
    R"({
  "id":")" TEST_GROUP
    R"(/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id1","name":"id1",
  "type":"Microsoft.ManagedIdentity/userAssignedIdentities","location":"westus",
  "properties":{"principalId":"bbbbbbbb-0000-0000-0000-000000000001","clientId":"bbbbbbbb-0000-0000-0000-000000000002","tenantId":"t"}})";
constexpr char kExtension[] =
    R"({
  "id":")" TEST_GROUP
    R"(/providers/Microsoft.Compute/virtualMachines/vm-1/extensions/ext","name":"ext",
  "type":"Microsoft.Compute/virtualMachines/extensions","location":"westus",
  "properties":{"settings":{"port":50342,"client":"bbbbbbbb-0000-0000-0000-000000000002"},"protectedSettings":{"k":"hunter2"}}})";

std::string List(std::initializer_list<const char*> resources) {
  std::string list;
  for (const char* resource : resources) list += (list.empty() ? "[" : ",") + std::string(resource);
  return list + "]";
}

TEST(ExportTest, WritesWhatAnOwnerWouldHaveWritten) {
  const json::object exported = ExportOf(List({kIdentity, kMachine, kExtension}));
  EXPECT_EQ(exported.at("parameters"),
            json::parse(R"({
    "userAssignedIdentities_id1_name":{"type":"String","defaultValue":"id1"},
    "virtualMachines_vm_1_name":{"type":"String","defaultValue":"vm-1"},
    "networkInterfaces_nic_externalid":{"type":"String","defaultValue":")" TEST_GROUP
                        R"(/providers/Microsoft.Network/networkInterfaces/nic"}})"));
  const json::array& resources = exported.at("resources").as_array();
  EXPECT_EQ(
      resources[0],
      json::parse(
          R"({"type":"Microsoft.ManagedIdentity/userAssignedIdentities","apiVersion":"2018-11-30",
    "name":"[parameters('userAssignedIdentities_id1_name')]","location":"westus","properties":{}})"))
      << json::serialize(resources[0]);
  EXPECT_EQ(resources[1],
            json::parse(R"({"type":"Microsoft.Compute/virtualMachines","apiVersion":"2022-08-01",
    "name":"[parameters('virtualMachines_vm_1_name')]","location":"westus",
    "identity":{"type":"SystemAssigned, UserAssigned","userAssignedIdentities":{
      "[resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', parameters('userAssignedIdentities_id1_name'))]":{}}},
    "properties":{"hardwareProfile":{"vmSize":"s"},"osProfile":{"computerName":"vm-1","note":"[[not an expression]"},
      "networkProfile":{"networkInterfaces":[{"id":"[parameters('networkInterfaces_nic_externalid')]"}]}},
    "dependsOn":["[resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', parameters('userAssignedIdentities_id1_name'))]"]})"))
      << json::serialize(resources[1]);
  EXPECT_EQ(resources[2].at("name"), "[concat(parameters('virtualMachines_vm_1_name'), '/ext')]");
  EXPECT_EQ(resources[2].at("dependsOn").as_array().size(), 2U);
  EXPECT_EQ(resources[2].at("properties").at("settings").at("client"),
            "[reference(resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', "
            "parameters('userAssignedIdentities_id1_name'))).clientId]");
  EXPECT_THAT(json::serialize(exported), Not(HasSubstr("hunter2")));
}

TEST(ExportTest, NamesCanStayAndDefaultsCanGo) {
  ExportOptions options;
  options.literal_names = true;
  options.with_defaults = false;
  options.api_version = [](std::string_view) { return std::string("2020-01-01"); };
  const json::object exported = ExportOf(List({kMachine, kExtension}), options);
  EXPECT_EQ(exported.at("resources").at(1).at("name"), "vm-1/ext");
  EXPECT_EQ(exported.at("resources").at(0).at("apiVersion"), "2020-01-01");
  EXPECT_EQ(exported.at("parameters").at("networkInterfaces_nic_externalid"),
            json::parse(R"({"type":"String"})"));
}

TEST(ExportTest, RoleAssignmentsFollowTheirPrincipals) {
  const json::object exported = ExportOf(List(
      {kMachine,
       R"({
    "id":")" TEST_GROUP
       R"(/providers/Microsoft.Compute/virtualMachines/vm-1/providers/Microsoft.Authorization/roleAssignments/g",
    "type":"Microsoft.Authorization/roleAssignments","name":"g",
    "properties":{"scope":"s","principalId":"AAAAAAAA-0000-0000-0000-000000000001",
                  "roleDefinitionId":")" TEST_SUBSCRIPTION
       R"(/providers/Microsoft.Authorization/roleDefinitions/r"}})"}));
  const json::value& assignment = exported.at("resources").at(1);
  EXPECT_EQ(
      assignment.at("scope"),
      "[resourceId('Microsoft.Compute/virtualMachines', parameters('virtualMachines_vm_1_name'))]");
  EXPECT_EQ(
      assignment.at("properties").at("principalId"),
      "[reference(resourceId('Microsoft.Compute/virtualMachines', "
      "parameters('virtualMachines_vm_1_name')), '2018-06-01', 'Full').identity.principalId]");
  EXPECT_EQ(assignment.at("properties").at("roleDefinitionId"),
            TEST_SUBSCRIPTION "/providers/Microsoft.Authorization/roleDefinitions/r");
}

TEST(ExportTest, RefusesWhatIsNoResource) {
  for (const char* id :
       {"", "/subscriptions/s", "vm1", "/subscriptions/s/resourceGroups/g/providers/A.B/c"}) {
    EXPECT_THAT(ExportTemplate({json::object{{"id", id}}}), FailsWith(reasons::kResourceIdInvalid))
        << id;
  }
}

// A group of machines, identities, extensions and networks that refer to each other, with texts
// that are hard to carry.
class RandomGroup {
 public:
  explicit RandomGroup(unsigned seed) : random_(seed) {}

  std::string Make() {
    const int count = Number(1, 12);
    for (int i = 0; i < count; ++i) AddOne(i);
    json::array resources;
    for (const json::object& resource : made_) resources.push_back(resource);
    return TemplateText("\"resources\":" + json::serialize(resources));
  }

 private:
  int Number(int least, int most) {
    return std::uniform_int_distribution<int>(least, most)(random_);
  }

  std::string Text() {
    const char* const texts[] = {"plain",
                                 "[x]",
                                 "[[x]",
                                 "it's",
                                 "''",
                                 "[",
                                 "]",
                                 "[concat('a')]",
                                 "ä€😀",
                                 "",
                                 "a\nb\t\"c\"\\",
                                 "{0}",
                                 "/subscriptions/",
                                 "$schema",
                                 "[[[",
                                 "parameters('x')"};
    return texts[Number(0, 15)];
  }

  std::string SomeId() {
    if (ids_.empty() || Number(0, 3) == 0) return Text();
    const std::string id =
        ids_[static_cast<std::size_t>(Number(0, static_cast<int>(ids_.size()) - 1))];
    return id + (Number(0, 2) == 0 ? "/parts/p'1" : "");
  }

  json::value Some(int depth) {
    switch (Number(0, depth > 3 ? 4 : 7)) {
      case 0:
        return json::value(Number(-5, 1'000'000));
      case 1:
        return json::value(Number(0, 1) == 0);
      case 2:
        return json::value(0.5 * Number(0, 9));
      case 3:
        return json::value(EscapeText(Text()));
      case 4:
        return json::value(EscapeText(SomeId()));
      case 5: {
        json::array array;
        for (int i = Number(0, 3); i > 0; --i) array.push_back(Some(depth + 1));
        return array;
      }
      default: {
        json::object object;
        for (int i = Number(0, 3); i > 0; --i)
          object["m" + std::to_string(i) + EscapeText(Text())] = Some(depth + 1);
        return object;
      }
    }
  }

  void AddOne(int i) {
    const char* const types[] = {
        "Microsoft.Compute/virtualMachines", "Microsoft.ManagedIdentity/userAssignedIdentities",
        "Microsoft.Network/virtualNetworks", "Microsoft.Compute/virtualMachineScaleSets"};
    std::string type = types[Number(0, 3)], name = "n-" + std::to_string(i);
    json::object resource;
    if (!machines_.empty() && Number(0, 2) == 0) {
      type = "Microsoft.Compute/virtualMachines/extensions";
      name =
          machines_[static_cast<std::size_t>(Number(0, static_cast<int>(machines_.size()) - 1))] +
          "/e" + std::to_string(i);
      resource["dependsOn"] = json::array{
          json::value("Microsoft.Compute/virtualMachines/" + name.substr(0, name.find('/')))};
    }
    resource["type"] = type;
    resource["apiVersion"] = "2020-01-01";
    resource["name"] = name;
    resource["location"] = "westus";
    if (Number(0, 1) == 0) resource["tags"] = json::object{{"t", EscapeText(Text())}};
    if (type != types[1])
      resource["properties"] = json::object{{"x", Some(0)}, {"adminPassword", "hunter2"}};
    if (type == types[0]) {
      machines_.push_back(name);
      resource["identity"] = Identity();
    }
    ids_.push_back(*MakeResourceId(TEST_GROUP, type, name));
    made_.push_back(std::move(resource));
  }

  json::object Identity() {
    json::object identity{{"type", "SystemAssigned, UserAssigned"}};
    json::object assigned;
    for (const std::string& id : ids_) {
      if (id.find("userAssignedIdentities") != id.npos && Number(0, 1) == 0)
        assigned[id] = json::object();
    }
    identity["userAssignedIdentities"] = std::move(assigned);
    return identity;
  }

  std::mt19937 random_;
  std::vector<std::string> ids_, machines_;
  std::vector<json::object> made_;
};

// What an owner wrote of all resources, with the group as `GROUP`; the order of members is nothing.
json::value OwnersView(const MemoryDeployer& deployer, const std::string& group) {
  json::array resources;
  for (const auto& [key, resource] : deployer.resources) {
    resources.push_back(WithoutReadOnly(resource));
  }
  std::string view = json::serialize(resources);
  const std::string part = "resourceGroups/" + group + "/";
  for (std::size_t at; (at = view.find(part)) != view.npos;) {
    view.replace(at, part.size(), "GROUP/");
  }
  return json::parse(view);
}

TEST(ExportTest, DeployingAnExportMakesTheSameGroup) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    const std::string original = RandomGroup(seed).Make();
    MemoryDeployer first, second;
    const auto plan = PlanOf(original);
    ASSERT_THAT(plan, IsOk()) << original;
    ASSERT_TRUE(RunToEnd(*plan, first).succeeded) << original;
    std::vector<json::object> resources;
    for (const auto& [key, resource] : first.resources) resources.push_back(resource);
    const auto exported = ExportTemplate(resources);
    ASSERT_THAT(exported, IsOk());
    const std::string text = json::serialize(*exported);
    EXPECT_THAT(text, Not(HasSubstr("hunter2")));
    const auto again = PlanOf(text, "{}", DeploymentMode::kIncremental, TestPlace("another"));
    ASSERT_THAT(again, IsOk()) << text;
    const DeploymentOutcome outcome = RunToEnd(*again, second);
    ASSERT_TRUE(outcome.succeeded) << outcome.errors[0].message << "\n" << text;
    ASSERT_EQ(OwnersView(first, "rg1"), OwnersView(second, "another")) << "seed " << seed << "\n"
                                                                       << text;
  }
}

}  // namespace
}  // namespace openimds::templates
