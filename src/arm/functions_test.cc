// SPDX-License-Identifier: Apache-2.0
// Every function of the template language, with what it gives and what it refuses.
#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "arm/function.h"
#include "arm/functions_test_rows.h"
#include "arm/scope.h"
#include "base/text.h"
#include "testing/matchers.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

constexpr char kTemplate[] = R"({
  "$schema": "s", "contentVersion": "1.0.0.0", "resources": [],
  "parameters": {
    "text": {"type": "string", "defaultValue": "One Two"},
    "Empty": {"type": "object", "defaultValue": {}},
    "now": {"type": "string", "defaultValue": "[utcNow()]"},
    "day": {"type": "string", "defaultValue": "[utcNow('d')]"},
    "fresh": {"type": "string", "defaultValue": "[newGuid()]"}
  },
  "functions": [{"namespace": "contoso", "members": {
    "name": {"parameters": [{"name": "Base", "type": "string"}],
             "output": {"type": "string", "value": "[concat('c-', toLower(parameters('base')))]"}},
    "bad": {"parameters": [], "output": {"type": "string", "value": "[variables('list')]"}}}}],
  "variables": {
    "list": ["b", "a", "c"], "numbers": [3, 1, 2], "none": null,
    "tree": {"x": {"Y": [10, 20]}, "name": "n"},
    "dogs": [{"n": "Evie", "age": 5}, {"n": "Casper", "age": 3}],
    "copy": [{"name": "looped", "count": 2, "input": "[concat('v', copyIndex('looped'))]"}]
  }
})";

class FunctionsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto read = Template::Read(json::parse(kTemplate).as_object());
    ASSERT_THAT(read, IsOk());
    Surroundings place{.subscription_id = "11111111-1111-1111-1111-111111111111",
                       .subscription_name = "Own",
                       .tenant_id = "99999999-9999-9999-9999-999999999999",
                       .resource_group = "rg1",
                       .location = "westus",
                       .tags = {}};
    place.now = FromUnixSeconds(1'700'000'000);
    place.new_guid = [] { return *Guid::Parse("22222222-2222-2222-2222-222222222222"); };
    place.find_provider = [](std::string_view provider, std::string_view type) {
      std::optional<json::object> found;
      if (provider == "Microsoft.Compute" && type == "virtualMachines") {
        found = json::object{{"apiVersions", {"2022-08-01", "2018-06-01"}}};
      }
      return found;
    };
    scope_ = std::make_unique<TemplateScope>(*read, place, json::object{{"name", "d1"}});
  }

  Result<Value> Evaluate(const std::string& expression) {
    EvaluationContext context{.scope = scope_.get(), .budget = &budget_};
    context.copies = {{"vms", 4, true}, {"disks", 7, false}};
    context.path = "p";
    return Evaluator(context).EvaluateText("[" + expression + "]");
  }

  void Check(const FunctionRow& row) {
    const auto value = Evaluate(row.expression);
    const std::string expected = row.expected;
    if (expected[0] == '!') {
      ASSERT_FALSE(value) << row.expression << " gives " << json::serialize(**value);
      EXPECT_THAT(value.error().message, HasSubstr(expected.substr(1))) << row.expression;
      EXPECT_THAT(value.error().message, HasSubstr("column ")) << row.expression;
    } else {
      ASSERT_TRUE(value) << row.expression << ": " << value.error().message;
      EXPECT_TRUE(IsSame(**value, json::parse(expected)))
          << row.expression << " gives " << json::serialize(**value) << ", not " << expected;
    }
  }

  std::unique_ptr<TemplateScope> scope_;
  Budget budget_{Limits{}};
};

TEST_F(FunctionsTest, EachGivesWhatItsTableSays) {
  for (const auto& [name, rows] : Rows()) {
    for (const FunctionRow& row : rows) Check(row);
  }
}

TEST_F(FunctionsTest, EachIsInTheTable) {
  std::set<std::string> served, tested;
  for (const FunctionGroup& group : FunctionGroups()) {
    for (const TemplateFunction& function : group.functions) {
      EXPECT_TRUE(served.insert(std::string(function.name)).second) << function.name;
    }
  }
  for (const auto& [name, rows] : Rows()) tested.insert(name);
  EXPECT_EQ(served, tested);
}

TEST_F(FunctionsTest, UsersFunctionsSeeTheirArgumentsAndNothingElse) {
  Check({"contoso.name('ABC')", R"("c-abc")"});
  Check({"CONTOSO.NAME('x')", R"("c-x")"});
  Check({"contoso.name()", "!expects 1 arguments, got 0"});
  Check({"contoso.other()", "!a function of this template, got 'contoso.other'"});
  Check({"contoso.bad()", "!not in a user's function"});
}

TEST_F(FunctionsTest, NamesWhatItDoesNotServe) {
  Check({"listKeys('x', '1')", "!'listKeys' is not served: secrets of resources"});
  Check({"managementGroup()", "!'managementGroup' is not served"});
  Check({"concatt('a')", "!expected a template function, got 'concatt'; did you mean 'concat'?"});
  Check({"frobnicate()", "!p, column 2: expected a template function, got 'frobnicate'"});
}

TEST_F(FunctionsTest, MembersAndIndexesNameWhatIsMissing) {
  Check({"variables('tree')['NAME']", R"("n")"});
  Check({"variables('tree').z", "!column 19: expected the object to have 'z'"});
  Check({"variables('list')[3]", "!an index of an array of 3, got 3"});
  Check({"variables('list')[-1]", "!an array of 3, got -1"});
  Check({"variables('list').x", "!an object that has 'x', got an array"});
  Check({"'a'['b']", "!got a string and a string"});
}

TEST_F(FunctionsTest, NeverShowsTheValuesOfArguments) {
  for (const char* expression :
       {"int('hunter2')", "bool('hunter2')", "float('hunter2')", "json('hunter2')",
        "dateTimeAdd('hunter2', 'P1D')", "base64ToString('hunter2')", "padLeft('a', 5, 'hunter2')",
        "union('hunter2', 'hunter2')"}) {
    const auto value = Evaluate(expression);
    ASSERT_FALSE(value) << expression;
    EXPECT_THAT(value.error().message, testing::Not(HasSubstr("hunter2"))) << expression;
  }
}

// docs/protocols/arm-templates.md has a row for each function, by group, and no other.
TEST_F(FunctionsTest, ThePageListsEveryFunctionAndNoOther) {
  std::ifstream page(OPENIMDS_DOCS "/protocols/arm-templates.md");
  ASSERT_TRUE(page);
  std::map<std::string, std::set<std::string>> shown, expected;
  std::string group;
  for (std::string line; std::getline(page, line);) {
    if (line.rfind("### ", 0) == 0) group = line.substr(4);
    if (line.rfind("| `", 0) == 0 && !group.empty()) {
      shown[group].insert(line.substr(3, line.find_first_of("(`", 3) - 3));
    }
    if (line.rfind("## ", 0) == 0) group.clear();
  }
  for (const FunctionGroup& functions : FunctionGroups()) {
    for (const TemplateFunction& function : functions.functions) {
      expected[std::string(functions.name)].insert(std::string(function.name));
    }
  }
  EXPECT_EQ(shown, expected);
}

// docs/guides/templates.md has a row for each group, with the names of all its functions.
TEST_F(FunctionsTest, TheGuideNamesEveryFunctionAndNoOther) {
  std::ifstream page(OPENIMDS_DOCS "/guides/templates.md");
  ASSERT_TRUE(page);
  std::map<std::string, std::set<std::string>> shown, expected;
  bool in_table = false;
  for (std::string line; std::getline(page, line);) {
    const auto cells = Split(line, '|');
    if (line == "| group | functions |") in_table = true;
    if (!in_table || cells.size() != 4 || cells[2].find('`') == std::string_view::npos) continue;
    for (const std::string_view name : Split(cells[2], ',')) {
      const auto bare = TrimSpace(name);
      shown[std::string(TrimSpace(cells[1]))].emplace(bare.substr(1, bare.size() - 2));
    }
  }
  for (const FunctionGroup& functions : FunctionGroups()) {
    for (const TemplateFunction& function : functions.functions) {
      expected[std::string(functions.name)].insert(std::string(function.name));
    }
  }
  EXPECT_EQ(shown, expected);
}

}  // namespace
}  // namespace openimds::templates
