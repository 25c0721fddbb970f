// SPDX-License-Identifier: Apache-2.0
#include "arm/what_if.h"

#include <gmock/gmock.h>

#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "arm/memory_deployer_test_fixture.h"
#include "arm/value_delta.h"
#include "testing/matchers.h"

namespace openimds::templates {
namespace {

using testing::HasSubstr;
using testing::Not;

namespace json = boost::json;

std::string Thing(const std::string& name, const std::string& more = "") {
  return R"({"type":"A.B/things","apiVersion":"2020-01-01","name":")" + name + "\"" +
         (more.empty() ? "" : "," + more) + "}";
}

std::string Things(const std::string& list, const std::string& more = "") {
  return TemplateText("\"resources\":[" + list + "]" + (more.empty() ? "" : "," + more));
}

class WhatIfTest : public testing::Test {
 protected:
  void Deploy(const std::string& text) {
    const DeploymentOutcome outcome = RunToEnd(*PlanOf(text), deployer_);
    ASSERT_TRUE(outcome.succeeded) << outcome.errors[0].message;
  }

  json::array Changes(const PlanPtr& plan,
                      WhatIfFormat format = WhatIfFormat::kFullResourcePayloads) {
    const auto answer = WhatIf(*plan, deployer_, format);
    EXPECT_THAT(answer, IsOk());
    EXPECT_EQ(answer->at("status"), "Succeeded");
    return answer->at("properties").at("changes").as_array();
  }

  // `name: type`, one a line.
  std::string Types(const json::array& changes) {
    std::string text;
    for (const json::value& change : changes) {
      const std::string id(change.at("resourceId").as_string());
      text += TakeApart(id).name + ": " + std::string(change.at("changeType").as_string()) + "\n";
    }
    return text;
  }

  MemoryDeployer deployer_;
};

TEST_F(WhatIfTest, TellsWhatIsNewChangedSameAndLeftAlone) {
  Deploy(Things(Thing("changed", R"("properties":{"a":1})") + "," +
                Thing("same", R"("location":"West US","properties":{"a":1,"n":null})") + "," +
                Thing("other")));
  const std::string good = Things(
      Thing("new") + "," + Thing("changed", R"("properties":{"a":2})") + "," +
      Thing("same", R"("location":"westus","tags":{},"properties":{"a":1,"lists":{"none":[]}})"));
  EXPECT_EQ(Types(Changes(*PlanOf(good))),
            "changed: Modify\nnew: Create\nother: Ignore\nsame: NoChange\n");
  EXPECT_EQ(Types(Changes(*PlanOf(good, "{}", DeploymentMode::kComplete))),
            "changed: Modify\nnew: Create\nother: Delete\nsame: NoChange\n");
  EXPECT_EQ(Types(Changes(*PlanOf(good), WhatIfFormat::kResourceIdOnly)),
            "changed: Deploy\nnew: Create\nother: Ignore\nsame: Deploy\n");
  EXPECT_EQ(deployer_.calls.size(), 3U) << "what-if changes nothing";
}

TEST_F(WhatIfTest, ShowsBeforeAfterAndTheDifference) {
  Deploy(Things(Thing("x", R"("tags":{"Owner":"a"},"properties":{"port":1,"keep":true})")));
  const json::array changes =
      Changes(*PlanOf(Things(Thing("x", R"("properties":{"port":2,"keep":true,"more":[1]})"))));
  EXPECT_EQ(changes.at(0), json::parse(R"({
    "resourceId":")" TEST_GROUP R"(/providers/A.B/things/x","changeType":"Modify",
    "before":{"tags":{"Owner":"a"},"properties":{"port":1,"keep":true},"id":")" TEST_GROUP
                                       R"(/providers/A.B/things/x",
              "type":"A.B/things","name":"x"},
    "after":{"apiVersion":"2020-01-01","id":")" TEST_GROUP
                                       R"(/providers/A.B/things/x","type":"A.B/things","name":"x",
             "properties":{"port":2,"keep":true,"more":[1]}},
    "delta":[{"path":"tags","propertyChangeType":"Delete","before":{"Owner":"a"},"after":null},
             {"path":"properties.port","propertyChangeType":"Modify","before":1,"after":2},
             {"path":"properties.more","propertyChangeType":"Create","before":null,"after":[1]}]})"))
      << json::serialize(changes.at(0));
}

TEST_F(WhatIfTest, DeployingAgainChangesNothing) {
  const std::string text = Things(
      R"({"type":"Microsoft.ManagedIdentity/userAssignedIdentities","apiVersion":"1","name":"i","location":"l"},)" +
          Thing(
              "x",
              R"("identity":{"type":"SystemAssigned"},"properties":{"adminPassword":"[parameters('pw')]",
                    "p":"[reference('i').principalId]","list":[{"name":"a","v":1}]})"),
      R"("parameters":{"pw":{"type":"securestring","defaultValue":"hunter2"}})");
  Deploy(text);
  const json::array changes = Changes(*PlanOf(text));
  EXPECT_EQ(Types(changes), "x: NoChange\ni: NoChange\n");
  EXPECT_THAT(json::serialize(changes), Not(HasSubstr("hunter2")));
  EXPECT_THAT(json::serialize(changes), HasSubstr("aaaaaaaa-0000"))
      << "reference() of what exists is evaluated";
}

TEST_F(WhatIfTest, LeavesAsTextWhatCannotBeKnownYet) {
  const json::array changes = Changes(
      *PlanOf(Things(Thing("x", R"("properties":{"p":"[reference('y').q]"})") + "," + Thing("y"))));
  EXPECT_EQ(changes.at(0).at("after").at("properties").at("p"), "[reference('y').q]");
}

TEST_F(WhatIfTest, SecretsAreNotShownWhereverTheyStand) {
  const json::array changes = Changes(*PlanOf(
      Things(
          Thing(
              "x",
              R"("properties":{"settings":{"url":"[concat('https://u:', parameters('pw'), '@h')]"},"protectedSettings":{"k":"v"}})"),
          R"("parameters":{"pw":{"type":"secureString"}})"),
      R"({"pw":{"value":"hunter2"}})"));
  EXPECT_EQ(changes.at(0).at("after").at("properties"),
            json::parse(R"({"settings":{"url":"*****"}})"));
}

TEST_F(WhatIfTest, LooksIntoNestedTemplates) {
  const std::string nested =
      R"({"type":"Microsoft.Resources/deployments","apiVersion":"1","name":"n","properties":{"template":)" +
      Things(Thing("in")) + "}}";
  EXPECT_EQ(Types(Changes(*PlanOf(Things(nested)))), "in: Create\n");
  const std::string waiting =
      R"({"type":"Microsoft.Resources/deployments","apiVersion":"1","name":"w","properties":{
          "expressionEvaluationOptions":{"scope":"inner"},"parameters":{"p":{"value":"[reference('y').q]"}},"template":)" +
      Things(Thing("in"), R"("parameters":{"p":{"type":"string"}})") + "}}";
  EXPECT_EQ(Types(Changes(*PlanOf(Things(waiting + "," + Thing("y"))))),
            "y: Create\nw: Unsupported\n");
}

// Two objects, and what FindDelta says without before and after: `type path`, children indented.
struct DeltaCase {
  const char* before;
  const char* after;
  const char* delta;
};

std::string Show(const json::array& delta, const std::string& indent = "") {
  std::string text;
  for (const json::value& change : delta) {
    text += indent + std::string(change.at("propertyChangeType").as_string()) + " " +
            std::string(change.at("path").as_string()) + "\n";
    if (const json::value* children = change.as_object().if_contains("children")) {
      text += Show(children->as_array(), indent + " ");
    }
  }
  return text;
}

TEST(ValueDeltaTest, NamesEachDifference) {
  const DeltaCase cases[] = {
      {R"({"a":1})", R"({"a":1.0})", ""},
      {R"({"a":{"b":1,"c":{}}})", R"({"a":{"b":1}})", ""},
      {R"({"a":{"b":1}})", R"({"A":{"B":2}})", "Modify a.b\n"},
      {R"({"a":[1,2]})", R"({"a":[2,1]})", "Array a\n Modify 0\n Modify 1\n"},
      {R"({"a":[{"name":"x"},{"name":"y"}]})", R"({"a":[{"name":"y"},{"name":"x"}]})", ""},
      {R"({"a":["10.0.0.0/16"]})", R"({"a":["10.0.0.0/15"]})", "Array a\n Delete 0\n Create 0\n"},
      {R"({"a":[{"name":"x","v":1},{"name":"y"}]})", R"({"a":[{"name":"z"},{"name":"X","v":2}]})",
       "Array a\n Modify 1\n  Modify name\n  Modify v\n Delete 1\n Create 0\n"},
      {R"({"id":"/subscriptions/S/x"})", R"({"id":"/SUBSCRIPTIONS/s/X"})", ""},
      {R"({"a":"X"})", R"({"a":"x"})", "Modify a\n"},
      {R"({"a":"1"})", R"({"a":1})", "Modify a\n"},
      {R"({"a":[1]})", R"({"a":{"b":1}})", "Modify a\n"},
  };
  for (const DeltaCase& it : cases) {
    EXPECT_EQ(
        Show(FindDelta(json::parse(it.before).as_object(), json::parse(it.after).as_object())),
        it.delta)
        << it.before << " " << it.after;
  }
}

}  // namespace
}  // namespace openimds::templates
