// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "arm/deployment_plan.h"
#include "arm/memory_deployer_test_fixture.h"
#include "testing/matchers.h"

namespace openimds::templates {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace json = boost::json;

std::vector<std::string> NamesOf(const Result<PlanPtr>& plan) {
  std::vector<std::string> names;
  if (!plan) return {plan.error().message};
  for (const PlannedResource& resource : (*plan)->resources()) names.push_back(resource.name);
  return names;
}

std::string Resource(const std::string& name, const std::string& more = "") {
  return R"({"type":"A.B/things","apiVersion":"2020-01-01","name":")" + name + "\"" +
         (more.empty() ? "" : "," + more) + "}";
}

std::string Resources(const std::string& list, const std::string& more = "") {
  return TemplateText("\"resources\":[" + list + "]" + (more.empty() ? "" : "," + more));
}

TEST(PlanTest, PutsEachResourceAfterAllThatItDependsOn) {
  EXPECT_THAT(NamesOf(PlanOf(Resources(
                  Resource("a", R"("dependsOn":["c"])") + "," +
                  Resource("b", R"("dependsOn":["[resourceId('A.B/things','a')]"])") + "," +
                  Resource("c", R"("dependsOn":["a.b/THINGS/d"])") + "," + Resource("d")))),
              ElementsAre("d", "c", "a", "b"));
}

TEST(PlanTest, KeepsTheGivenOrderWhereNothingElseIsSaid) {
  EXPECT_THAT(NamesOf(PlanOf(Resources(Resource("z") + "," + Resource("a") + "," + Resource("m")))),
              ElementsAre("z", "a", "m"));
}

TEST(PlanTest, NamesTheWholeCycle) {
  const auto plan = PlanOf(Resources(Resource("a", R"("dependsOn":["b"])") + "," +
                                     Resource("b", R"("dependsOn":["c"])") + "," +
                                     Resource("c", R"("dependsOn":["a"])") + "," + Resource("d")));
  ASSERT_THAT(plan, FailsWith(reasons::kTemplateCycle));
  EXPECT_THAT(plan.error().message,
              HasSubstr("A.B/things/a → A.B/things/b → A.B/things/c → A.B/things/a"));
  const auto self = PlanOf(Resources(Resource("a", R"("dependsOn":["a"])")));
  EXPECT_THAT(self, FailsWith(reasons::kTemplateCycle));
}

TEST(PlanTest, ReferenceIsADependency) {
  EXPECT_THAT(
      NamesOf(PlanOf(Resources(
          Resource("a", R"("properties":{"x":"[reference('b').y]"})") + "," +
          Resource("b", R"("properties":{"x":"[reference(resourceId('A.B/things','c')).y]"})") +
          "," + Resource("c")))),
      ElementsAre("c", "b", "a"));
  EXPECT_THAT(PlanOf(Resources(Resource("a", R"("properties":{"x":"[reference('b').y]"})") + "," +
                               Resource("b", R"("dependsOn":["a"])"))),
              FailsWith(reasons::kTemplateCycle));
}

TEST(PlanTest, DependenciesMustBeInTheTemplate) {
  const auto plan = PlanOf(Resources(Resource("a", R"("dependsOn":["b"])")));
  ASSERT_THAT(plan, FailsWith(reasons::kTemplateInvalid));
  EXPECT_EQ(plan.error().message,
            "resources[0].dependsOn: The resource 'b' is not defined in the template.");
}

TEST(PlanTest, ANameOfSeveralIsNotEnough) {
  const std::string two = R"({"type":"A.B/others","apiVersion":"1","name":"a"},)" + Resource("a");
  EXPECT_THAT(PlanOf(Resources(two + "," + Resource("c", R"("dependsOn":["a"])"))),
              FailsWith(reasons::kTemplateInvalid));
  EXPECT_THAT(PlanOf(Resources(two + "," + Resource("c", R"("dependsOn":["A.B/things/a"])"))),
              IsOk());
  EXPECT_THAT(PlanOf(Resources(Resource("a") + "," + Resource("A"))),
              FailsWith(reasons::kTemplateInvalid));
}

TEST(PlanTest, CopyLoopsMakeOneResourceForEachTurn) {
  const auto plan = PlanOf(Resources(
      Resource("after", R"("dependsOn":["loop"])") + "," +
      Resource(
          "[concat('n', copyIndex(1))]",
          R"("copy":{"name":"loop","count":"[length(createArray(1,2))]","mode":"Serial","batchSize":1},
                  "properties":{"i":"[copyIndex()]"})")));
  EXPECT_THAT(NamesOf(plan), ElementsAre("n1", "n2", "after"));
  EXPECT_EQ((*plan)->resources()[1].body, json::parse(R"({"properties":{"i":1}})"));
  EXPECT_THAT(NamesOf(PlanOf(Resources(Resource("a", R"("copy":{"name":"x","count":0})")))),
              ElementsAre());
  const auto wrong = PlanOf(Resources(Resource("a", R"("copy":{"name":"x","count":801})")));
  ASSERT_THAT(wrong, FailsWith(reasons::kTemplateLimit));
  EXPECT_THAT(wrong.error().message,
              HasSubstr("resources[0].copy.count: expected a whole number from 0 to 800, got 801"));
}

TEST(PlanTest, PropertiesVariablesAndOutputsLoopToo) {
  MemoryDeployer deployer;
  const auto plan = PlanOf(Resources(
      Resource(
          "a",
          R"("properties":{"copy":[{"name":"disks","count":2,"input":{"lun":"[copyIndex('disks')]",
                       "v":"[variables('names')[copyIndex('disks')]]"}}],"copyright":1})"),
      R"("variables":{"copy":[{"name":"names","count":2,"input":"[concat('n',copyIndex('names'))]"}],
                      "inner":{"copy":[{"name":"x","count":1,"input":"y"}]}},
         "outputs":{"All":{"type":"array","copy":{"count":3,"input":"[copyIndex()]"}},
                    "Inner":{"type":"object","value":"[variables('inner')]"}})"));
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(
      (*plan)->resources()[0].body,
      json::parse(
          R"({"properties":{"disks":[{"lun":0,"v":"n0"},{"lun":1,"v":"n1"}],"copyright":1}})"));
  EXPECT_EQ(
      RunToEnd(*plan, deployer).outputs,
      json::parse(
          R"({"all":{"type":"Array","value":[0,1,2]},"inner":{"type":"Object","value":{"x":["y"]}}})"));
}

TEST(PlanTest, LeavesOutWhatIsNotWanted) {
  const auto plan = PlanOf(Resources(Resource("a", R"("condition":"[equals(1, 2)]")") + "," +
                                     Resource("b", R"("condition":true,"dependsOn":["a"])")));
  EXPECT_THAT(NamesOf(plan), ElementsAre("b"));
  EXPECT_THAT((*plan)->skipped(), ElementsAre(TEST_GROUP "/providers/A.B/things/a"));
  EXPECT_THAT(PlanOf(Resources(Resource("a", R"("condition":"yes")"))),
              FailsWith(reasons::kTemplateInvalid));
  EXPECT_THAT(PlanOf(Resources(Resource("a", R"("condition":"[reference('b').x]")"))),
              FailsWith(reasons::kTemplateExpression));
}

TEST(PlanTest, ChildrenGetTheNamesOfTheirParents) {
  const auto plan = PlanOf(Resources(Resource(
      "p",
      R"("resources":[{"type":"kids","apiVersion":"1","name":"[concat('k', 1)]","dependsOn":["p"],
              "resources":[{"type":"toys","apiVersion":"1","name":"t"}]}])")));
  EXPECT_THAT(NamesOf(plan), ElementsAre("p", "p/k1", "p/k1/t"));
  EXPECT_EQ((*plan)->resources()[2].id, TEST_GROUP "/providers/A.B/things/p/kids/k1/toys/t");
  EXPECT_EQ((*plan)->resources()[2].type, "A.B/things/kids/toys");
  EXPECT_THAT((*plan)->resources()[1].depends_on, ElementsAre(0));
  EXPECT_EQ((*plan)->resources()[0].body, json::object());
}

TEST(PlanTest, TypesAndNamesHaveToFit) {
  const auto plan = PlanOf(TemplateText(
      R"("resources":[{"type":"Microsoft.Compute/virtualMachines/extensions","name":"onlyone","apiVersion":"2018-06-01"}])"));
  ASSERT_THAT(plan, FailsWith(reasons::kTemplateInvalid));
  EXPECT_EQ(plan.error().message,
            "resources[0]: The template resource 'onlyone' for type "
            "'Microsoft.Compute/virtualMachines/extensions' has incorrect segment lengths.");
}

TEST(PlanTest, ExtensionResourcesLieInTheirScope) {
  const auto plan = PlanOf(Resources(
      R"({"type":"Microsoft.Authorization/roleAssignments","apiVersion":"1","name":"g1","scope":"A.B/things/x"},
         {"type":"A.B/things/providers/roleAssignments","apiVersion":"1","name":"x/Microsoft.Authorization/g2"},
         {"type":"Microsoft.Authorization/locks","apiVersion":"1","name":"l","scope":"[subscription().id]"})"));
  ASSERT_THAT(plan, IsOk());
  EXPECT_THAT(
      (*plan)->ResourceIds(),
      ElementsAre(
          TEST_GROUP "/providers/A.B/things/x/providers/Microsoft.Authorization/roleAssignments/g1",
          TEST_GROUP "/providers/A.B/things/x/providers/Microsoft.Authorization/roleAssignments/g2",
          TEST_SUBSCRIPTION "/providers/Microsoft.Authorization/locks/l"));
}

TEST(PlanTest, DeploysToASubscription) {
  Surroundings place = TestPlace("");
  const auto plan = PlanOf(
      Resources(
          R"({"type":"Microsoft.Resources/resourceGroups","apiVersion":"1","name":"new","location":"l"},
         {"type":"Microsoft.Resources/deployments","apiVersion":"1","name":"inner","resourceGroup":"new","dependsOn":["new"],
          "properties":{"mode":"Incremental","template":)" +
          Resources(Resource("a")) + "}}"),
      "{}", DeploymentMode::kIncremental, place);
  ASSERT_THAT(plan, IsOk());
  EXPECT_THAT((*plan)->ResourceIds(),
              ElementsAre(TEST_SUBSCRIPTION "/resourceGroups/new",
                          TEST_SUBSCRIPTION "/resourceGroups/new/providers/A.B/things/a"));
}

TEST(PlanTest, SymbolicNamesWork) {
  const auto plan = PlanOf(TemplateText(
      R"("languageVersion":"2.0","resources":{
          "second":{"type":"A.B/things","apiVersion":"1","name":"s","dependsOn":["first"],"properties":{"x":"[reference('old').y]"}},
          "first":{"type":"A.B/things","apiVersion":"1","name":"f"},
          "old":{"existing":true,"type":"A.B/things","apiVersion":"1","name":"o"}})"));
  EXPECT_THAT(NamesOf(plan), ElementsAre("f", "s"));
}

TEST(PlanTest, NamesOfMembersMayBeExpressions) {
  const auto plan = PlanOf(Resources(Resource(
      "a",
      R"("identity":{"type":"UserAssigned","userAssignedIdentities":{"[resourceId('A.B/ids', 'i')]":{}}})")));
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(
      (*plan)->resources()[0].body,
      json::parse(R"({"identity":{"type":"UserAssigned","userAssignedIdentities":{")" TEST_GROUP
                  R"(/providers/A.B/ids/i":{}}}})"));
}

TEST(PlanTest, TextThatLooksLikeAnExpressionIsEscaped) {
  const auto plan =
      PlanOf(Resources(Resource("a", R"("properties":{"x":"[[a]","y":"[b","z":"[[c"})")));
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ((*plan)->resources()[0].body,
            json::parse(R"({"properties":{"x":"[a]","y":"[b","z":"[[c"}})"));
}

TEST(PlanTest, CompleteModeTakesAwayWhatTheTemplateDoesNotName) {
  const std::vector<std::string> existing = {
      TEST_GROUP "/providers/Microsoft.Network/virtualNetworks/v",
      TEST_GROUP "/providers/a.b/THINGS/A",
      TEST_GROUP "/providers/A.B/things/a/kids/k",
      TEST_GROUP "/providers/Microsoft.Compute/virtualMachines/m",
      TEST_GROUP "/providers/Microsoft.Resources/deployments/d0",
      TEST_SUBSCRIPTION "/resourceGroups/other/providers/A.B/things/x"};
  const auto complete = PlanOf(Resources(Resource("a")), "{}", DeploymentMode::kComplete);
  EXPECT_THAT((*complete)->Surplus(existing),
              ElementsAre(TEST_GROUP "/providers/Microsoft.Compute/virtualMachines/m",
                          TEST_GROUP "/providers/Microsoft.Network/virtualNetworks/v"));
  EXPECT_THAT((*PlanOf(Resources(Resource("a"))))->Surplus(existing), ElementsAre());
}

// A parameter's declaration, the value that is given, and a part of the message; empty: it is
// taken.
struct ParameterCase {
  const char* declaration;
  const char* given;
  const char* message;
};

TEST(PlanTest, ParametersAreWhatTheyDeclare) {
  const ParameterCase cases[] = {
      {R"({"type":"string"})", R"({"p":{"value":"x"}})", ""},
      {R"({"type":"STRING"})", R"({"P":{"value":"x"}})", ""},
      {R"({"type":"string"})", "{}", "parameters.p: expected a value; it has no default"},
      {R"({"type":"string"})", R"({"p":{"value":null}})", "expected a value; it has no default"},
      {R"({"type":"string","nullable":true})", "{}", ""},
      {R"({"type":"string"})", R"({"p":{"value":5}})",
       "expected a value of type string, got a whole number"},
      {R"({"type":"int"})", R"({"p":{"value":"5"}})", "expected a value of type int, got a string"},
      {R"({"type":"bool"})", R"({"p":{"value":true}})", ""},
      {R"({"type":"array"})", R"({"p":{"value":{}}})", "type array, got an object"},
      {R"({"type":"object"})", R"({"p":{"value":[]}})", "type object, got an array"},
      {R"({"type":"secureString"})", R"({"p":{"value":["hunter2"]}})",
       "type securestring, got an array"},
      {R"({"type":"text"})", "{}", "parameters.p.type: expected string, securestring"},
      {R"({"type":"string"})", R"({"q":{"value":5}})",
       "parameters.q: expected a parameter that the template declares"},
      {R"({"type":"string"})", R"({"p":"x"})", "expected an object with 'value'"},
      {R"({"type":"string"})", R"({"p":{"reference":{}}})", "key vault"},
      {R"({"type":"string","allowedValues":["a","b"]})", R"({"p":{"value":"c"}})",
       R"(expected one of ["a","b"], got "c")"},
      {R"({"type":"array","allowedValues":["a","b"]})", R"({"p":{"value":["b","a"]}})", ""},
      {R"({"type":"array","allowedValues":["a","b"]})", R"({"p":{"value":["c"]}})",
       "expected one of"},
      {R"({"type":"int","minValue":2,"maxValue":4})", R"({"p":{"value":1}})",
       "a value of at least 2 and at most 4, got 1"},
      {R"({"type":"string","minLength":2})", R"({"p":{"value":"a"}})",
       "a length of at least 2, got 1"},
      {R"({"type":"securestring","minLength":12})", R"({"p":{"value":"short"}})",
       "a length of at least 12, got another"},
      {R"({"type":"string","maxLength":2})", R"({"p":{"value":"abc"}})",
       "a length of at most 2, got 3"},
      {R"({"type":"string","defaultValue":5})", "{}", "type string, got a whole number"},
      {R"({"type":"string","defaultValue":"[variables('v')]"})", "{}",
       "not in a user's function nor in the default"},
      {R"({"type":"string","defaultValue":"[parameters('p')]"})", "{}",
       "parameters.p → parameters.p"},
      {R"({"type":"string","defaultValue":"[resourceGroup().location]"})", "{}", ""},
  };
  for (const ParameterCase& it : cases) {
    const auto plan = PlanOf(
        Resources("", std::string(R"("parameters":{"p":)") + it.declaration + "}"), it.given);
    if (*it.message == '\0') {
      EXPECT_THAT(plan, IsOk()) << it.declaration;
    } else {
      ASSERT_FALSE(plan) << it.declaration;
      EXPECT_THAT(plan.error().message,
                  AllOf(HasSubstr(it.message), testing::Not(HasSubstr("hunter2"))));
    }
  }
}

TEST(PlanTest, VariablesThatNeedThemselvesAreACycle) {
  const auto plan = PlanOf(
      Resources("", R"("variables":{"a":"[variables('b')]","b":{"x":["[variables('A')]"]}})"));
  ASSERT_THAT(plan, FailsWith(reasons::kTemplateCycle));
  EXPECT_EQ(plan.error().message, "expected no cycle, got variables.a → variables.b → variables.a");
}

TEST(PlanTest, SaysWhatIsWrongWithTheFormAndWhere) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"contentVersion":"1","resources":[]})", "expected '$schema'"},
      {R"({"$schema":"s","resources":[]})", "expected 'contentVersion'"},
      {R"({"$schema":"s","contentVersion":"1"})", "expected 'resources'"},
      {R"({"$schema":"s","contentVersion":"1","resources":[],"ouptuts":{}})", "got 'ouptuts'"},
      {R"({"$schema":"s","contentVersion":"1","resources":[1]})",
       "resources[0]: expected an object, got a whole number"},
      {R"({"$schema":"s","contentVersion":"1","resources":[{"type":"a/b","name":"n"}]})",
       "resources[0]: expected 'apiVersion'"},
      {R"({"$schema":"s","contentVersion":"1","resources":[],"variables":[]})",
       "variables: expected an object, got an array"},
      {R"({"$schema":"s","contentVersion":"1","resources":[],"outputs":{"o":{"type":"string"}}})",
       "outputs.o: expected 'value' or 'copy'"},
      {R"({"$schema":"s","contentVersion":"1","resources":[],"outputs":{"o":{"type":"int","value":"x"}}})",
       "outputs.o: expected a value of type int, got a string"},
      {R"({"$schema":"s","contentVersion":"1","resources":[],"outputs":{"o":{"type":"int","value":"[add(1)]"}}})",
       "outputs.o.value, column 2: 'add' expects 2 arguments, got 1"},
      {R"({"$schema":"s","contentVersion":"1","resources":[],"outputs":{"o":{"type":"int","value":"[reference('a', listKeys('b'))]"}}})",
       "'listKeys' is not served"},
      {R"({"$schema":"s","contentVersion":"1","resources":[],"definitions":{"t":{}}})",
       "types of one's own are not served"},
  };
  for (const auto& [text, message] : cases) {
    const auto plan = PlanOf(text);
    ASSERT_FALSE(plan) << text;
    EXPECT_THAT(plan.error().message, HasSubstr(message)) << text;
  }
}

TEST(PlanTest, ShowsADeploymentWithoutItsSecrets) {
  const auto plan = PlanOf(
      Resources(
          Resource(
              "a",
              R"("location":"westus","properties":{"settings":"[concat('pw=', parameters('secret'))]"})") +
              "," + Resource("b", R"("dependsOn":["a"])"),
          R"("parameters":{"secret":{"type":"securestring"},"plain":{"type":"int","defaultValue":5}})"),
      R"({"secret":{"value":"hunter2"}})");
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(*(*plan)->ShowParameters(),
            json::parse(R"({"secret":{"type":"SecureString"},"plain":{"type":"Int","value":5}})"));
  EXPECT_EQ(
      (*plan)->ShowProviders(),
      json::parse(
          R"([{"namespace":"A.B","resourceTypes":[{"resourceType":"things","locations":["westus"]}]}])"));
  EXPECT_EQ((*plan)->ShowDependencies().at(0).at("dependsOn").at(0).at("resourceName"), "a");
  json::value body = (*plan)->resources()[0].body;
  EXPECT_EQ(body.at("properties").at("settings"), "pw=hunter2");
  (*plan)->HideSecrets(&body);
  EXPECT_EQ(body.at("properties").at("settings"), "*****");
}

}  // namespace
}  // namespace openimds::templates
