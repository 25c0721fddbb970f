// SPDX-License-Identifier: Apache-2.0
#include "arm/deployment.h"

#include <gmock/gmock.h>

#include <string>

#include <boost/json/parse.hpp>

#include "arm/memory_deployer_test_fixture.h"
#include "arm/outputs.h"
#include "testing/matchers.h"

namespace openimds::templates {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

namespace json = boost::json;

constexpr char kIdentity[] =
    R"({"type":"Microsoft.ManagedIdentity/userAssignedIdentities","apiVersion":"2018-11-30","name":"id1","location":"l"})";

std::string With(const std::string& resources, const std::string& outputs = "{}") {
  return TemplateText("\"resources\":[" + resources + "],\"outputs\":" + outputs);
}

std::string Thing(const std::string& name, const std::string& more = "") {
  return R"({"type":"A.B/things","apiVersion":"2020-01-01","name":")" + name + "\"" +
         (more.empty() ? "" : "," + more) + "}";
}

json::object Stored(const MemoryDeployer& deployer, const std::string& name) {
  const auto found =
      deployer.resources.find(LowerAscii(TEST_GROUP "/providers/A.B/things/" + name));
  return found == deployer.resources.end() ? json::object() : found->second;
}

TEST(DeploymentTest, GivesReferencesWhenTheirResourceIsThere) {
  MemoryDeployer deployer;
  const auto plan = PlanOf(
      With(Thing("a", R"("properties":{"principal":"[reference('id1').principalId]",
          "same":"[reference(resourceId('Microsoft.ManagedIdentity/userAssignedIdentities','id1'), '2018-11-30').principalId]",
          "full":"[reference('id1', '2018-11-30', 'Full').location]"})") +
               "," + kIdentity,
           R"({"VMId":{"type":"string","value":"[reference('id1','2018-11-30','full').resourceId]"},
          "Secret":{"type":"securestring","value":"[reference('id1').principalId]"},
          "no":{"condition":false,"type":"string","value":"[reference('id9').x]"}})"));
  ASSERT_THAT(plan, IsOk());
  const DeploymentOutcome outcome = RunToEnd(*plan, deployer);
  ASSERT_TRUE(outcome.succeeded) << outcome.errors[0].message;
  EXPECT_THAT(deployer.calls, ElementsAre("put id1", "put a"));
  const json::object properties = Stored(deployer, "a").at("properties").as_object();
  EXPECT_THAT(std::string(properties.at("principal").as_string()), HasSubstr("aaaaaaaa-0000"));
  EXPECT_EQ(properties.at("principal"), properties.at("same"));
  EXPECT_EQ(properties.at("full"), "l");
  EXPECT_EQ(
      outcome.outputs,
      json::parse(
          R"({"vmId":{"type":"String","value":"Microsoft.ManagedIdentity/userAssignedIdentities/id1"},
      "secret":{"type":"SecureString"}})"));
  EXPECT_THAT(
      outcome.output_resources,
      ElementsAre(TEST_GROUP "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id1",
                  TEST_GROUP "/providers/A.B/things/a"));
}

TEST(DeploymentTest, ReferencesToWhatIsNotThereFailThatResource) {
  MemoryDeployer deployer;
  const auto plan =
      PlanOf(With(Thing("a", R"("properties":{"x":"[reference('/subscriptions/s/x').y]"})") + "," +
                  Thing("b")));
  ASSERT_THAT(plan, IsOk());
  const DeploymentOutcome outcome = RunToEnd(*plan, deployer);
  EXPECT_FALSE(outcome.succeeded);
  ASSERT_EQ(outcome.errors.size(), 1U);
  EXPECT_EQ(
      outcome.errors[0].message,
      "resources[0].properties.x, column 2: 'reference': no resource is '/subscriptions/s/x'");
  EXPECT_THAT(deployer.calls, ElementsAre("put b"));
}

TEST(DeploymentTest, WhatDependsOnAFailureIsSkippedAndTheRestIsPut) {
  MemoryDeployer deployer;
  deployer.refused = {"a"};
  const auto plan = PlanOf(With(Thing("a") + "," + Thing("b", R"("dependsOn":["a"])") + "," +
                                Thing("c", R"("dependsOn":["b"])") + "," + Thing("d")));
  DeploymentRun run(*plan, deployer);
  while (run.Step()) {
  }
  using State = ResourceOperation::State;
  std::vector<State> states;
  for (const ResourceOperation& operation : run.operations()) states.push_back(operation.state);
  EXPECT_THAT(states,
              ElementsAre(State::kFailed, State::kSkipped, State::kSkipped, State::kSucceeded));
  EXPECT_THAT(deployer.calls, ElementsAre("put a", "put d"));
  const DeploymentOutcome outcome = run.Finish();
  EXPECT_FALSE(outcome.succeeded);
  EXPECT_EQ(outcome.outputs, json::object());
  EXPECT_EQ(outcome.errors[0].reason, reasons::kInUse);
}

TEST(DeploymentTest, IsNotDoneBeforeItsLastStep) {
  MemoryDeployer deployer;
  DeploymentRun run(*PlanOf(With(Thing("a") + "," + Thing("b"))), deployer);
  EXPECT_TRUE(run.Step());
  EXPECT_FALSE(run.Finish().succeeded);
  EXPECT_TRUE(run.Step());
  EXPECT_FALSE(run.Step());
  EXPECT_TRUE(run.Finish().succeeded);
}

TEST(DeploymentTest, CompleteModeDeletesAtTheEndAndOnlyIfAllIsWell) {
  MemoryDeployer deployer;
  ASSERT_TRUE(RunToEnd(*PlanOf(With(Thing("old") + "," + Thing("kept"))), deployer).succeeded);
  deployer.calls.clear();
  deployer.refused = {"new"};
  const std::string text = With(Thing("kept") + "," + Thing("new"));
  EXPECT_FALSE(RunToEnd(*PlanOf(text, "{}", DeploymentMode::kComplete), deployer).succeeded);
  EXPECT_THAT(deployer.calls, ElementsAre("put kept", "put new"));
  deployer.calls.clear();
  deployer.refused.clear();
  EXPECT_TRUE(RunToEnd(*PlanOf(text, "{}", DeploymentMode::kComplete), deployer).succeeded);
  EXPECT_THAT(deployer.calls, ElementsAre("put kept", "put new", "delete old"));
}

TEST(DeploymentTest, ReferencesToWhatTheTemplateCallsExistingWork) {
  MemoryDeployer deployer;
  ASSERT_TRUE(RunToEnd(*PlanOf(With(Thing("o", R"("properties":{"y":7})"))), deployer).succeeded);
  const auto plan = PlanOf(TemplateText(
      R"("languageVersion":"2.0","resources":{
          "second":{"type":"A.B/things","apiVersion":"1","name":"s","properties":{"x":"[reference('old').y]"}},
          "old":{"existing":true,"type":"A.B/things","apiVersion":"1","name":"o"}})"));
  const DeploymentOutcome outcome = RunToEnd(*plan, deployer);
  ASSERT_TRUE(outcome.succeeded) << outcome.errors[0].message;
  EXPECT_EQ(Stored(deployer, "s").at("properties").at("x"), 7);
}

std::string Nested(const std::string& name, const std::string& properties,
                   const std::string& more = "") {
  return R"({"type":"Microsoft.Resources/deployments","apiVersion":"2021-04-01","name":")" + name +
         R"(","properties":)" + properties + (more.empty() ? "" : "," + more) + "}";
}

TEST(DeploymentTest, NestedTemplatesOfTheInnerScopeSeeTheirOwnNames) {
  MemoryDeployer deployer;
  const std::string inner = TemplateText(
      R"("parameters":{"who":{"type":"string"},"pw":{"type":"securestring"}},"variables":{"v":"inner"},
         "resources":[)" +
      Thing("in", R"("properties":{"who":"[parameters('who')]","v":"[variables('v')]"})") +
      R"(],"outputs":{"Back":{"type":"string","value":"[reference('in').who]"}})");
  const auto plan = PlanOf(TemplateText(
      R"("variables":{"v":"outer"},"resources":[)" +
      Thing("last", R"("properties":{"got":"[reference('n').outputs.back.value]"})") + "," +
      Nested("n", R"({"mode":"Incremental","expressionEvaluationOptions":{"scope":"inner"},
          "parameters":{"who":{"value":"[reference('id1').principalId]"},"pw":{"value":"hunter2"}},"template":)" +
                      inner + "}") +
      "," + kIdentity + "]"));
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ((*plan)->resources()[1].nested, nullptr) << "its parameters wait for id1";
  const DeploymentOutcome outcome = RunToEnd(*plan, deployer);
  ASSERT_TRUE(outcome.succeeded) << outcome.errors[0].message;
  EXPECT_THAT(deployer.calls, ElementsAre("put id1", "put in", "put n", "put last"));
  EXPECT_EQ(Stored(deployer, "in").at("properties").at("v"), "inner");
  EXPECT_EQ(Stored(deployer, "last").at("properties").at("got"),
            Stored(deployer, "in").at("properties").at("who"));
  const json::value& record =
      deployer.resources.at(LowerAscii(TEST_GROUP "/providers/Microsoft.Resources/deployments/n"))
          .at("properties");
  EXPECT_EQ(record.at("parameters").at("pw"), json::parse(R"({"type":"SecureString"})"));
  EXPECT_EQ(record.at("provisioningState"), "Succeeded");
}

TEST(DeploymentTest, NestedTemplatesOfTheOuterScopeSeeTheNamesAround) {
  MemoryDeployer deployer;
  const std::string inner =
      TemplateText(R"("variables":{"v":"inner"},"resources":[)" +
                   Thing("[concat('in', copyIndex())]",
                         R"("properties":{"v":"[variables('v')]","g":"[resourceGroup().name]",
          "from":"[reference('id1').principalId]"})") +
                   "]");
  const auto plan = PlanOf(TemplateText(
      R"("variables":{"v":"outer"},"resources":[)" +
      Nested("[concat('n', copyIndex())]", R"({"mode":"Incremental","template":)" + inner + "}",
             R"("copy":{"name":"loop","count":2},"resourceGroup":"rg2")") +
      "," + kIdentity + "]"));
  ASSERT_THAT(plan, IsOk());
  const DeploymentOutcome outcome = RunToEnd(*plan, deployer);
  ASSERT_TRUE(outcome.succeeded) << outcome.errors[0].message;
  EXPECT_THAT(deployer.calls, ElementsAre("put id1", "put in0", "put n0", "put in1", "put n1"));
  const json::value& stored =
      deployer.resources
          .at(LowerAscii(TEST_SUBSCRIPTION "/resourceGroups/rg2/providers/A.B/things/in1"))
          .at("properties");
  EXPECT_EQ(stored.at("v"), "outer");
  EXPECT_EQ(stored.at("g"), "rg1");
}

TEST(DeploymentTest, CompleteModeKeepsWhatNestedTemplatesPutThatHadToWait) {
  MemoryDeployer deployer;
  const std::string inner =
      TemplateText(R"("parameters":{"p":{"type":"string"}},"resources":[)" + Thing("in") + "]");
  const auto plan = PlanOf(
      With(Nested("n",
                  R"({"expressionEvaluationOptions":{"scope":"inner"},"parameters":{"p":{"value":
          "[reference('id1').principalId]"}},"template":)" +
                      inner + "}") +
           "," + kIdentity),
      "{}", DeploymentMode::kComplete);
  ASSERT_TRUE(RunToEnd(*plan, deployer).succeeded);
  EXPECT_THAT(deployer.calls, ElementsAre("put id1", "put in", "put n"));
}

TEST(DeploymentTest, AFailureInANestedTemplateIsOneOfTheOuter) {
  MemoryDeployer deployer;
  deployer.refused = {"in"};
  const auto plan =
      PlanOf(With(Nested("n", R"({"mode":"Incremental","template":)" + With(Thing("in")) + "}")));
  const DeploymentOutcome outcome = RunToEnd(*plan, deployer);
  EXPECT_FALSE(outcome.succeeded);
  EXPECT_THAT(outcome.errors[0].message,
              HasSubstr("the nested deployment 'n' failed: it does not like 'in'"));
}

TEST(DeploymentTest, NestedTemplatesAreCheckedBeforeAnythingIsPut) {
  const std::pair<std::string, const char*> cases[] = {
      {R"({"template":)" + With(Thing("a", R"("dependsOn":["x"])")) + "}",
       "resources[0].properties.template: resources[0].dependsOn: The resource 'x'"},
      {R"({"templateLink":{"uri":"https://x/"}})", "templateLink: links are not served"},
      {R"({"mode":"Complete","template":)" + With("") + "}",
       "expected Incremental in a nested deployment"},
      {R"({"template":[]})", "properties.template: expected an object"},
      {R"({"expressionEvaluationOptions":{"scope":"inner"},"parameters":{"x":{"value":1}},"template":)" +
           With("") + "}",
       "parameters.x: expected a parameter that the template declares"},
  };
  for (const auto& [properties, message] : cases) {
    const auto plan = PlanOf(With(Nested("n", properties)));
    ASSERT_FALSE(plan) << properties;
    EXPECT_THAT(plan.error().message, HasSubstr(message));
  }
}

TEST(DeploymentTest, ANestedDeploymentWithoutPropertiesIsRefused) {
  const auto plan = PlanOf(
      With(R"({"type":"Microsoft.Resources/deployments","apiVersion":"2021-04-01","name":"n"})"));
  ASSERT_THAT(plan, FailsWith(reasons::kTemplateInvalid));
  EXPECT_EQ(plan.error().message, "resources[0].properties: expected an object with a template");
}

TEST(DeploymentTest, ReadsTheRequestAsClientsSendIt) {
  const auto request = ReadDeploymentRequest(
      "d1",
      R"({"properties": {"parameters": {"p": {"value": 1}}, "mode": "complete", template:{ /* c */ "resources": [] }}})");
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(request->mode, DeploymentMode::kComplete);
  EXPECT_EQ(request->document, json::parse(R"({"resources":[]})"));
  EXPECT_EQ(request->parameters, json::parse(R"({"p":{"value":1}})"));
  EXPECT_EQ(request->name, "d1");
  for (const char* bad :
       {"[]", "{}", R"({"properties":{}})", R"({"properties":{"template":{},"mode":"Some"}})",
        R"({"properties":{"templateLink":{"uri":"x"}}})",
        R"({"properties":{"template":{},"parameters":[]}})"}) {
    EXPECT_THAT(ReadDeploymentRequest("d", bad), FailsWith(reasons::kTemplateInvalid)) << bad;
  }
  EXPECT_THAT(ReadDeploymentRequest("d", "{"), FailsWith(reasons::kTemplateUnreadable));
}

TEST(DeploymentTest, NamesOfOutputsBecomeCamelCase) {
  const std::pair<const char*, const char*> cases[] = {
      {"VMSS", "vmss"}, {"VmId", "vmId"},           {"VMId", "vmId"}, {"ext", "ext"},
      {"A", "a"},       {"URLValue2", "urlValue2"}, {"_X", "_X"},     {"", ""}};
  for (const auto& [name, camel] : cases) EXPECT_EQ(CamelCase(name), camel);
}

// What `az vmss create` sends: the output asks for a member of what providers() gives.
TEST(DeploymentTest, RunsTheTemplateOfAScaleSet) {
  MemoryDeployer deployer;
  Surroundings place = TestPlace();
  place.find_provider = [](std::string_view, std::string_view type) -> std::optional<json::object> {
    return json::object{{"resourceType", json::string_view(type.data(), type.size())},
                        {"apiVersions", {"2022-08-01"}}};
  };
  const auto plan = PlanOf(
      TemplateText(
          R"("parameters":{"adminPassword":{"type":"securestring","metadata":{}}},"variables":{},"resources":[
        {"type":"Microsoft.Network/loadBalancers","name":"lb","location":"l","tags":{},"apiVersion":"2018-11-01",
         "dependsOn":["Microsoft.Network/publicIpAddresses/ip"],
         "properties":{"pool":{"id":"[concat(resourceId('Microsoft.Network/loadBalancers', 'lb'), '/frontendIPConfigurations/', 'f')]"}}},
        {"type":"Microsoft.Network/publicIPAddresses","name":"ip","apiVersion":"2018-11-01","dependsOn":[],"properties":{"x":null}},
        {"type":"Microsoft.Compute/virtualMachineScaleSets","name":"ss","apiVersion":"2020-06-01",
         "dependsOn":["Microsoft.Network/loadBalancers/lb"],"properties":{"adminPassword":"[parameters('adminPassword')]","n":1}}],
        "outputs":{"VMSS":{"type":"object","value":
          "[reference(resourceId('Microsoft.Compute/virtualMachineScaleSets', 'ss'),providers('Microsoft.Compute', 'virtualMachineScaleSets').apiVersions[0])]"}})"),
      R"({"adminPassword":{"value":"hunter2"}})", DeploymentMode::kIncremental, place);
  ASSERT_THAT(plan, IsOk());
  const DeploymentOutcome outcome = RunToEnd(*plan, deployer);
  ASSERT_TRUE(outcome.succeeded) << outcome.errors[0].message;
  EXPECT_THAT(deployer.calls, ElementsAre("put ip", "put lb", "put ss"));
  EXPECT_EQ(outcome.outputs.at("vmss").at("value").at("n"), 1);
}

}  // namespace
}  // namespace openimds::templates
