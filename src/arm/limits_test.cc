// SPDX-License-Identifier: Apache-2.0
// Hostile templates: each ends in an error that names a limit, and none takes long or much memory.
#include <gmock/gmock.h>

#include <string>

#include "arm/memory_deployer_test_fixture.h"
#include "testing/matchers.h"

namespace openimds::templates {
namespace {

using testing::HasSubstr;

std::string Variables(const std::string& variables) {
  return TemplateText("\"resources\":[],\"variables\":{" + variables + "}");
}

// `v0` is `first`; each next one is made of the one before, `make` with `@` for it.
std::string Chain(const std::string& first, const std::string& make, int count,
                  bool last_first = false) {
  std::string variables = "\"v0\":" + first;
  for (int i = 1; i < count; ++i) {
    std::string expression = make;
    const std::string before = "variables('v" + std::to_string(i - 1) + "')";
    for (std::size_t at; (at = expression.find('@')) != expression.npos;) {
      expression.replace(at, 1, before);
    }
    const std::string next = "\"v" + std::to_string(i) + "\":\"[" + expression + "]\"";
    variables = last_first ? next + "," + variables : variables + "," + next;
  }
  return Variables(variables);
}

TEST(LimitsTest, DoublingEndsAtTheBudgetOfBytes) {
  for (const char* make : {"concat(@, @)", "format('{0}{0}', @)", "replace(@, 'x', 'xxxx')",
                           "join(createArray(@, @), '-')", "padLeft(concat(@, @), 5)", "dataUri(@)",
                           "uriComponent(concat('%', @, '%', @))", "base64(concat(@, @))"}) {
    const auto plan = PlanOf(Chain("\"xxxxxxxxxxxxxxxx\"", make, 200));
    EXPECT_THAT(plan, FailsWith(reasons::kTemplateLimit)) << make;
  }
  for (const char* make :
       {"concat(@, @)", "createArray(@, @)", "createArray(createArray(@), @)",
        "map(@, lambda('x', createArray(lambdaVariables('x'), lambdaVariables('x'))))"}) {
    const auto plan = PlanOf(Chain("[1,2,3,4]", make, 200));
    EXPECT_THAT(plan, FailsWith(reasons::kTemplateLimit)) << make;
  }
  EXPECT_THAT(PlanOf(Chain("{\"a\":1}", "createObject('a', @, 'b', @)", 200)),
              FailsWith(reasons::kTemplateLimit));
}

TEST(LimitsTest, LoopsInLoopsEndAtTheBudgetOfSteps) {
  for (const char* expression :
       {"map(range(0, 10000), lambda('a', map(range(0, 10000), lambda('b', 1))))",
        "length(filter(range(0, 10000), lambda('a', contains(range(0, 10000), "
        "lambdaVariables('a')))))",
        "reduce(range(0, 10000), createArray(), lambda('a', 'b', concat(lambdaVariables('a'), "
        "createArray(1))))",
        "reduce(range(0, 10000), '', lambda('a', 'b', concat(lambdaVariables('a'), "
        "'xxxxxxxxxxxxxxxx')))",
        "reduce(range(0, 10000), createArray(), lambda('a', 'b', "
        "createArray(lambdaVariables('a'))))",
        "union(range(0, 10000), range(5000, 10000))",
        "intersection(range(0, 10000), range(5000, 10000))"}) {
    const auto plan = PlanOf(Variables(std::string("\"v\":\"[") + expression + "]\""));
    EXPECT_THAT(plan, FailsWith(reasons::kTemplateLimit)) << expression;
  }
}

TEST(LimitsTest, DepthThatIsMadeOfManySmallStepsIsBounded) {
  EXPECT_THAT(PlanOf(Chain("\"x\"", "toLower(toLower(@))", 250, true)),
              FailsWith(reasons::kTemplateLimit));
  EXPECT_THAT(PlanOf(Chain("\"x\"", "toLower(toLower(@))", 250)), IsOk())
      << "what is known already is not gone into again";
}

TEST(LimitsTest, DepthOfJsonAndOfVariablesIsOneDepth) {
  std::string variables;
  for (int i = 0; i < 200; ++i) {
    variables += (i == 0 ? "" : ",") + std::string("\"v") + std::to_string(i) +
                 "\":" + std::string(50, '[') + "\"[variables('v" + std::to_string(i + 1) +
                 "')]\"" + std::string(50, ']');
  }
  EXPECT_THAT(PlanOf(Variables(variables + ",\"v200\":1")), FailsWith(reasons::kTemplateLimit));
}

TEST(LimitsTest, SearchingAndParsingAreNotFree) {
  const std::string text =
      "\"t\":\"[padLeft('', 16000, 'a')]\",\"u\":\"[replace(variables('t'), 'a', "
      "'aaaaaaaaaaaaaaaa')]\"";
  for (const char* expression : {"contains(variables('u'), concat(variables('u'), 'b'))",
                                 "indexOf(variables('u'), concat(variables('u'), 'b'))",
                                 "lastIndexOf(variables('u'), concat('b', variables('u')))",
                                 "replace(variables('u'), concat(variables('u'), 'b'), 'c')",
                                 "split(variables('u'), concat(variables('u'), 'b'))",
                                 "split(variables('u'), createArray('a', 'b'))"}) {
    EXPECT_THAT(PlanOf(Variables(text + ",\"v\":\"[" + expression + "]\"")),
                FailsWith(reasons::kTemplateLimit))
        << expression;
  }
  std::string body;
  for (int i = 0; i < 60; ++i) {
    body += (i == 0 ? "" : ",") + std::string("\"[if(true(), 1, '") + std::string(20'000, 'x') +
            "')]\"";
  }
  EXPECT_THAT(PlanOf(TemplateText(
                  R"("resources":[{"type":"A.B/c","apiVersion":"1","name":"[string(copyIndex())]",)"
                  R"("copy":{"name":"l","count":800},"properties":{"x":[)" +
                  body + "]}}]")),
              FailsWith(reasons::kTemplateLimit));
}

TEST(LimitsTest, CopiesInCopiesAreBounded) {
  const std::string turn = R"({"name":"x","count":800,"input":@})";
  std::string loop = "\"leaf\"";
  for (int i = 0; i < 4; ++i) {
    std::string outer = R"({"copy":[)" + turn + "]}";
    loop = outer.replace(outer.find('@'), 1, loop);
  }
  EXPECT_THAT(PlanOf(Variables("\"v\":" + loop)), FailsWith(reasons::kTemplateLimit));
}

TEST(LimitsTest, ResourcesAreCountedOverAllLoopsAndTemplates) {
  const std::string thing =
      R"({"type":"A.B/c","apiVersion":"1","name":"[concat('n', copyIndex('l'))]","copy":{"name":"l","count":500}})";
  const std::string nested =
      R"({"type":"Microsoft.Resources/deployments","apiVersion":"1","name":"n","resourceGroup":"other",)"
      R"("properties":{"template":)" +
      TemplateText("\"resources\":[" + thing + "]") + "}}";
  const auto plan = PlanOf(TemplateText("\"resources\":[" + thing + "," + nested + "]"));
  ASSERT_THAT(plan, FailsWith(reasons::kTemplateLimit));
  EXPECT_THAT(plan.error().message, HasSubstr("at most 800 resources"));
}

TEST(LimitsTest, TemplatesInTemplatesAreBounded) {
  std::string text = TemplateText("\"resources\":[]");
  for (int i = 0; i < 9; ++i) {
    text = TemplateText(
        R"("resources":[{"type":"Microsoft.Resources/deployments","apiVersion":"1","name":"n)" +
        std::to_string(i) + R"(","properties":{"template":)" + text + "}}]");
  }
  const auto plan = PlanOf(text);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().reason, reasons::kTemplateLimit) << plan.error().message;
}

TEST(LimitsTest, AUsersFunctionCannotCallItself) {
  const auto plan = PlanOf(TemplateText(
      R"("resources":[],"functions":[{"namespace":"a","members":{"f":{"output":{"type":"int","value":"[a.f()]"}}}}],
         "variables":{"v":"[a.f()]"})"));
  ASSERT_THAT(plan, FailsWith(reasons::kTemplateExpression));
}

TEST(LimitsTest, LargeButHonestTemplatesAreTaken) {
  std::string resources;
  for (int i = 0; i < 800; ++i) {
    resources += (i == 0 ? "" : ",") +
                 std::string(R"({"type":"A.B/c","apiVersion":"1","name":"n)") + std::to_string(i) +
                 R"(","properties":{"text":")" + std::string(2000, 'x') + "\"}" +
                 (i == 0 ? "" : R"(,"dependsOn":["n)" + std::to_string(i - 1) + "\"]") + "}";
  }
  const auto plan = PlanOf(TemplateText("\"resources\":[" + resources + "]"));
  ASSERT_THAT(plan, IsOk());
  MemoryDeployer deployer;
  EXPECT_TRUE(RunToEnd(*plan, deployer).succeeded);
  EXPECT_EQ(deployer.calls.size(), 800U);
}

}  // namespace
}  // namespace openimds::templates
