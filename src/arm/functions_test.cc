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
#include "arm/scope.h"
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

// One expression, and what comes of it: JSON, or (behind `!`) a part of the message.
struct Row {
  const char* expression;
  const char* expected;
};

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

  void Check(const Row& row) {
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

#define SUB "/subscriptions/11111111-1111-1111-1111-111111111111"

const std::map<std::string, std::vector<Row>>& Rows() {
  static const std::map<std::string, std::vector<Row>> rows = {
      // Strings.
      {"endsWith",
       {{"endsWith('abcdef', 'EF')", "true"},
        {"endsWith('f', 'ef')", "false"},
        {"endsWith(1, 'a')", "!argument 1 of 'endsWith': expected a string, got a whole"}}},
      {"format",
       {{"format('{0}, {1}. {2:N0} {{}}', 'Hello', 'User', 8175133)",
         R"("Hello, User. 8,175,133 {}")"},
        {"format('{0:D3}|{0:000}|{0:X2}|{0:x}|{0,4}|{0,-4}|{1}', 26, true())",
         R"("026|026|1A|1a|  26|26  |True")"},
        {"format('{0:N2}{1:D2}', 1234567, -5)", R"("1,234,567.00-05")"},
        {"format('{1}', 'a')", "!expected an argument for {1}, got 1"},
        {"format('{0:Q}', 5)", "!expected a format like D4"},
        {"format('{0', 5)", "!expected braces in pairs"},
        {"format('{x}', 5)", "!expected '{index}'"}}},
      {"join",
       {{"join(variables('list'), ', ')", R"("b, a, c")"},
        {"join(createArray(1, true()), '')", R"("1True")"},
        {"join('a', 'b')", "!argument 1 of 'join': expected an array"}}},
      {"padLeft",
       {{"padLeft('123', 6, '0')", R"("000123")"},
        {"padLeft(7, 3)", R"("  7")"},
        {"padLeft('1234', 2)", R"("1234")"},
        {"padLeft('ä', 2, 'ö')", R"("öä")"},
        {"padLeft('a', 5, 'xy')", "!one character"},
        {"padLeft('a', 99999)", "!width"}}},
      {"replace",
       {{"replace('123-123-1234', '-', '')", R"("1231231234")"},
        {"replace('aaa', 'aa', 'b')", R"("ba")"},
        {"replace('a', '', 'b')", "!empty"}}},
      {"split",
       {{"split('one,two,,three', ',')", R"(["one","two","","three"])"},
        {"split('one;two,three', createArray(',', ';'))", R"(["one","two","three"])"},
        {"split('', ',')", R"([""])"},
        {"split('a', createArray(1))", "!array of strings"}}},
      {"startsWith",
       {{"startsWith('abcdef', 'AB')", "true"}, {"startsWith('abcdef', 'b')", "false"}}},
      {"string",
       {{"string(5)", R"("5")"},
        {"string(true())", R"("True")"},
        {"string(createArray('a', 1))", R"("[\"a\",1]")"},
        {"string('x')", R"("x")"},
        {"string(null())", R"("")"}}},
      {"substring",
       {{"substring('one two three', 4, 3)", R"("two")"},
        {"substring('abc', 1)", R"("bc")"},
        {"substring('äöü', 1, 1)", R"("ö")"},
        {"substring('abc', 3)", R"("")"},
        {"substring('abc', 2, 2)", "!a string of 3 characters, got start 2 and length 2"},
        {"substring('abc', -1)", "!start -1"}}},
      {"toLower", {{"toLower('One TWO')", R"("one two")"}, {"TOLOWER('A')", R"("a")"}}},
      {"toUpper", {{"toUpper('One two')", R"("ONE TWO")"}}},
      {"trim", {{"trim('  one two  ')", R"("one two")"}, {"trim('   ')", R"("")"}}},
      // Text and encodings.
      {"base64", {{"base64('one, two, three')", R"("b25lLCB0d28sIHRocmVl")"}}},
      {"base64ToJson",
       {{"base64ToJson(base64('{\"one\": \"a\"}'))", R"({"one":"a"})"},
        {"base64ToJson(base64('{'))", "!expected JSON: line 1"}}},
      {"base64ToString",
       {{"base64ToString('b25lLCB0d28sIHRocmVl')", R"("one, two, three")"},
        {"base64ToString('b25')", "!expected base64"},
        {"base64ToString('/w==')", "!UTF-8"}}},
      {"dataUri", {{"dataUri('Hello')", R"("data:text/plain;charset=utf8;base64,SGVsbG8=")"}}},
      {"dataUriToString",
       {{"dataUriToString('data:;base64,SGVsbG8sIFdvcmxkIQ==')", R"("Hello, World!")"},
        {"dataUriToString('SGVs')", "!expected 'data:"}}},
      {"guid",
       {{"guid('a', 'b', 'c')", R"("a98fa280-e03f-5afa-8d8e-92d0a9c201e8")"},
        {"equals(guid('a', 'b'), guid('a-b'))", "true"},
        {"guid(1)", "!a string"}}},
      {"json",
       {{"json('{\"a\": [1, null]}')", R"({"a":[1,null]})"},
        {"json('null')", "null"},
        {"json('[1')", "!expected JSON"}}},
      {"uniqueString",
       {{"uniqueString('"
         "/subscriptions/00000000-0000-0000-0000-000000000000"
         "', 'resource-id')",
         R"("cwvxuqg24sifi")"}}},
      {"uri",
       {{"uri('http://contoso.com/resources/', 'nested/a.json')",
         R"("http://contoso.com/resources/nested/a.json")"},
        {"uri('http://contoso.com/r/deploy.json', 'a.sh')", R"("http://contoso.com/r/a.sh")"},
        {"uri('http://contoso.com', '/a.sh')", R"("http://contoso.com/a.sh")"},
        {"uri('x', 'y')", "!https://"}}},
      {"uriComponent",
       {{"uriComponent('http://c.com/a b~ü')", R"("http%3A%2F%2Fc.com%2Fa%20b~%C3%BC")"}}},
      {"uriComponentToString",
       {{"uriComponentToString('http%3A%2F%2Fc%20%zz+')", R"("http://c %zz+")"},
        {"uriComponentToString('%ff')", "!UTF-8"}}},
      // Arrays.
      {"array",
       {{"array(1)", "[1]"}, {"array('a')", R"(["a"])"}, {"array(createArray(1))", "[1]"}}},
      {"createArray",
       {{"createArray()", "[]"}, {"createArray(1, 'a', null())", R"([1,"a",null])"}}},
      {"flatten",
       {{"flatten(createArray(createArray(1), createArray(2, 3)))", "[1,2,3]"},
        {"flatten(createArray(1))", "!an array of arrays"}}},
      {"range",
       {{"range(5, 3)", "[5,6,7]"},
        {"range(0, 0)", "[]"},
        {"range(0, 10001)", "!0 to 10000"},
        {"range(2147483647, 1)", "!32 bits"},
        {"range(0, -1)", "!0 to 10000"}}},
      // Objects.
      {"createObject",
       {{"createObject('a', 1, 'b', createArray())", R"({"a":1,"b":[]})"},
        {"createObject()", "{}"},
        {"createObject('a')", "!a value for each name"},
        {"createObject('a', 1, 'A', 2)", "!once"}}},
      {"items",
       {{"items(createObject('b', 2, 'a', 1))", R"([{"key":"a","value":1},{"key":"b","value":2}])"},
        {"items('a')", "!an object"}}},
      {"null", {{"null()", "null"}, {"null(1)", "!'null' expects 0 arguments, got 1"}}},
      {"objectKeys", {{"objectKeys(variables('tree'))", R"(["name","x"])"}}},
      {"shallowMerge",
       {{"shallowMerge(createArray(createObject('a', 1, 'b', 1), createObject('b', 2)))",
         R"({"a":1,"b":2})"},
        {"shallowMerge(createArray(1))", "!array of objects"}}},
      {"tryGet",
       {{"tryGet(variables('tree'), 'x', 'y', 1)", "20"},
        {"tryGet(variables('tree'), 'z', 'y')", "null"},
        {"tryGet(variables('list'), 9)", "null"}}},
      // Strings, arrays, objects.
      {"concat",
       {{"concat('a', 5, true())", R"("a5True")"},
        {"concat(createArray(1), createArray(2))", "[1,2]"},
        {"concat('a', createArray())",
         "!argument 2 of 'concat': expected a string like the first one, got an array"},
        {"concat()", "!expects 1 or more arguments, got 0"}}},
      {"contains",
       {{"contains('OneTwo', 'eT')", "true"},
        {"contains('OneTwo', 'et')", "false"},
        {"contains(variables('tree'), 'NAME')", "true"},
        {"contains(variables('numbers'), 2)", "true"},
        {"contains(variables('numbers'), '2')", "false"}}},
      {"empty",
       {{"empty('')", "true"},
        {"empty(parameters('EMPTY'))", "true"},
        {"empty(variables('list'))", "false"},
        {"empty(null())", "true"},
        {"empty(1)", "!a string, an array or an object"}}},
      {"first",
       {{"first('One')", R"("O")"},
        {"first(variables('list'))", R"("b")"},
        {"first(createArray())", "null"},
        {"first('')", R"("")"}}},
      {"indexOf",
       {{"indexOf('abcdef', 'CD')", "2"},
        {"indexOf('abc', 'z')", "-1"},
        {"indexOf('äb', 'b')", "1"},
        {"indexOf(createArray(1, 2, 2), 2)", "1"}}},
      {"intersection",
       {{"intersection(createArray(1, 2, 3), createArray(3, 2))", "[2,3]"},
        {"intersection(createObject('a', 1, 'b', 2), createObject('a', 1, 'b', 3))", R"({"a":1})"},
        {"intersection('a', 'b')", "!an array or an object"},
        {"intersection(createArray(), createObject())", "!argument 2"}}},
      {"last",
       {{"last('One')", R"("e")"}, {"last(variables('list'))", R"("c")"}, {"last('')", R"("")"}}},
      {"lastIndexOf",
       {{"lastIndexOf('abab', 'AB')", "2"}, {"lastIndexOf(createArray(1, 1), 1)", "1"}}},
      {"length",
       {{"length('äöü')", "3"},
        {"length(variables('list'))", "3"},
        {"length(variables('tree'))", "2"},
        {"length(5)", "!a string, an array or an object"}}},
      {"skip",
       {{"skip('abc', 1)", R"("bc")"},
        {"skip(variables('numbers'), 2)", "[2]"},
        {"skip('abc', -1)", R"("abc")"},
        {"skip('abc', 9)", R"("")"}}},
      {"take",
       {{"take('abc', 2)", R"("ab")"},
        {"take(variables('numbers'), 9)", "[3,1,2]"},
        {"take('abc', -1)", R"("")"}}},
      {"union",
       {{"union(createArray(1, 2), createArray(2, 3))", "[1,2,3]"},
        {"union(json('{\"a\":{\"x\":1,\"y\":1}}'), json('{\"a\":{\"y\":2}}'))",
         R"({"a":{"x":1,"y":2}})"},
        {"union(createArray(), createObject())", "!argument 2"}}},
      // Logic and comparison.
      {"and",
       {{"and(true(), true(), false())", "false"},
        {"and(true(), true())", "true"},
        {"and(false(), reference('x'))", "false"},
        {"and(1, true())", "!argument 1 of 'and': expected a boolean"}}},
      {"bool",
       {{"bool('True')", "true"},
        {"bool(0)", "false"},
        {"bool('1')", "true"},
        {"bool('maybe')", "!expected 'true'"}}},
      {"coalesce",
       {{"coalesce(null(), variables('none'), 'a', 1)", R"("a")"}, {"coalesce(null())", "null"}}},
      {"equals",
       {{"equals(1, 1)", "true"},
        {"equals('a', 'A')", "false"},
        {"equals(variables('list'), createArray('b', 'a', 'c'))", "true"},
        {"equals(createObject('a', 1, 'b', 2), createObject('b', 2, 'a', 1))", "true"},
        {"equals(1, '1')", "false"}}},
      {"false", {{"false()", "false"}}},
      {"greater",
       {{"greater(2, 1)", "true"},
        {"greater('b', 'a')", "true"},
        {"greater(1, 1)", "false"},
        {"greater(1, 'a')", "!a whole number"}}},
      {"greaterOrEquals", {{"greaterOrEquals(1, 1)", "true"}, {"greaterOrEquals(1, 2)", "false"}}},
      {"if",
       {{"if(equals('a', 'a'), 'yes', reference('x'))", R"("yes")"},
        {"if(false(), 1, 2)", "2"},
        {"if('true', 1, 2)", "!a boolean"}}},
      {"less", {{"less(1, 2)", "true"}, {"less('a', 'a')", "false"}}},
      {"lessOrEquals", {{"lessOrEquals(2, 2)", "true"}, {"lessOrEquals('b', 'a')", "false"}}},
      {"not", {{"not(true())", "false"}, {"not('x')", "!a boolean"}}},
      {"or", {{"or(false(), true(), reference('x'))", "true"}, {"or(false(), false())", "false"}}},
      {"true", {{"true()", "true"}}},
      // Numbers.
      {"add",
       {{"add(5, -3)", "2"},
        {"add(9223372036854775807, 1)", "!64 bits"},
        {"add('1', 2)", "!a whole number, got a string"}}},
      {"div",
       {{"div(8, 3)", "2"}, {"div(-8, 3)", "-2"}, {"div(1, 0)", "!a divisor that is not 0"}}},
      {"float", {{"float('3.5')", "3.5"}, {"float(3)", "3"}, {"float('x')", "!a number"}}},
      {"int",
       {{"int('42')", "42"},
        {"int(4)", "4"},
        {"int(' -4 ')", "-4"},
        {"int('4x')", "!a whole number"},
        {"int(float('2.7'))", "2"}}},
      {"max",
       {{"max(1, 5, 3)", "5"},
        {"max(variables('numbers'))", "3"},
        {"max(createArray())", "!at least one"}}},
      {"min", {{"min(variables('numbers'))", "1"}, {"min(4, 'a')", "!whole numbers"}}},
      {"mod",
       {{"mod(7, 3)", "1"},
        {"mod(7, 0)", "!a divisor"},
        {"mod(-9223372036854775808, -1)", "!64 bits"}}},
      {"mul", {{"mul(5, 3)", "15"}, {"mul(9223372036854775807, 2)", "!64 bits"}}},
      {"sub", {{"sub(7, 3)", "4"}}},
      // Dates.
      {"dateTimeAdd",
       {{"dateTimeAdd('2020-04-07 14:53:14Z', 'P3Y')", R"("2023-04-07 14:53:14Z")"},
        {"dateTimeAdd('2020-04-07T14:53:14Z', '-P9D')", R"("2020-03-29T14:53:14Z")"},
        {"dateTimeAdd('20200407T145314Z', 'PT1H')", R"("20200407T155314Z")"},
        {"dateTimeAdd('2020-01-31', 'P1M')", R"("2020-02-29")"},
        {"dateTimeAdd('2020-01-01T00:00:00+02:00', 'P1DT1H1M1S', 'yyyy-MM-dd HH:mm:ss')",
         R"("2020-01-01 23:01:01")"},
        {"dateTimeAdd('2020-01-01', 'soon')", "!a duration like"},
        {"dateTimeAdd('2020-02-30', 'P1D')", "!a date like"},
        {"dateTimeAdd('9999-12-31', 'P1D')", "!a duration"}}},
      {"dateTimeFromEpoch",
       {{"dateTimeFromEpoch(1683040573)", R"("2023-05-02T15:16:13Z")"},
        {"dateTimeFromEpoch(999999999999)", "!years 1 to 9999"}}},
      {"dateTimeToEpoch",
       {{"dateTimeToEpoch('2023-05-02T15:16:13.5Z')", "1683040573"},
        {"dateTimeToEpoch('x')", "!a date"}}},
      {"utcNow",
       {{"parameters('now')", R"("20231114T221320Z")"},
        {"parameters('day')", R"("11/14/2023")"},
        {"utcNow()", "!only in the default value of a parameter"}}},
      // Lambdas.
      {"filter",
       {{"filter(variables('dogs'), lambda('d', greaterOrEquals(lambdaVariables('d').age, 4)))",
         R"([{"n":"Evie","age":5}])"},
        {"filter(variables('list'), lambda('x', 'i', equals(lambdaVariables('i'), 1)))",
         R"(["a"])"},
        {"filter(variables('list'), lambda('x', 1))", "!to give a boolean"},
        {"filter(variables('list'), 1)", "!expected lambda("}}},
      {"lambda", {{"lambda('x', 1)", "!only as an argument of"}}},
      {"lambdaVariables",
       {{"lambdaVariables('x')", "!a name of a lambda around this"},
        {"map(createArray(1), lambda('x', map(createArray(2), lambda('y', "
         "add(lambdaVariables('X'), lambdaVariables('y'))))))",
         "[[3]]"}}},
      {"map",
       {{"map(variables('dogs'), lambda('d', lambdaVariables('d').n))", R"(["Evie","Casper"])"},
        {"map('a', lambda('x', 1))", "!an array"}}},
      {"reduce",
       {{"reduce(variables('numbers'), 0, lambda('a', 'b', add(lambdaVariables('a'), "
         "lambdaVariables('b'))))",
         "6"}}},
      {"sort",
       {{"sort(variables('numbers'), lambda('a', 'b', less(lambdaVariables('a'), "
         "lambdaVariables('b'))))",
         "[1,2,3]"},
        {"map(sort(variables('dogs'), lambda('a', 'b', less(lambdaVariables('a').age, "
         "lambdaVariables('b').age))), lambda('d', lambdaVariables('d').n))",
         R"(["Casper","Evie"])"},
        {"sort(variables('numbers'), lambda('a', 'b', true()))", "[2,1,3]"}}},
      {"toObject",
       {{"toObject(variables('dogs'), lambda('d', lambdaVariables('d').n), lambda('d', "
         "lambdaVariables('d').age))",
         R"({"Evie":5,"Casper":3})"},
        {"toObject(variables('numbers'), lambda('d', 1))", "!gives strings"}}},
      // The template itself.
      {"copyIndex",
       {{"copyIndex()", "4"},
        {"copyIndex(10)", "14"},
        {"copyIndex('disks')", "7"},
        {"copyIndex('DISKS', 1)", "8"},
        {"copyIndex('x')", "!a copy loop called 'x'"}}},
      {"deployment", {{"deployment().name", R"("d1")"}}},
      {"environment",
       {{"environment().resourceManager", R"("https://management.azure.com/")"},
        {"environment().authentication.audiences[0]", R"("https://management.azure.com/")"},
        {"environment().suffixes.storage", R"("core.windows.net")"}}},
      {"newGuid",
       {{"parameters('fresh')", R"("22222222-2222-2222-2222-222222222222")"},
        {"newGuid()", "!only in the default"}}},
      {"parameters",
       {{"parameters('TEXT')", R"("One Two")"},
        {"parameters('x')", "!a parameter that the template declares, got 'x'"}}},
      {"variables",
       {{"variables('tree').x.y[1]", "20"},
        {"variables('looped')[1]", R"("v1")"},
        {"variables('x')", "!got 'x'"}}},
      // Scope.
      {"extensionResourceId",
       {{"extensionResourceId('" SUB "', 'Microsoft.Authorization/locks', 'l')",
         R"(")" SUB R"(/providers/Microsoft.Authorization/locks/l")"}}},
      {"managementGroupResourceId",
       {{"managementGroupResourceId('mg', 'A.B/c', 'd')",
         R"("/providers/Microsoft.Management/managementGroups/mg/providers/A.B/c/d")"}}},
      {"resourceGroup",
       {{"resourceGroup().location", R"("westus")"},
        {"resourceGroup().id", R"(")" SUB R"(/resourceGroups/rg1")"},
        {"resourceGroup().tags", "{}"}}},
      {"resourceId",
       {{"resourceId('Microsoft.Compute/virtualMachines', 'vm1')",
         R"(")" SUB R"(/resourceGroups/rg1/providers/Microsoft.Compute/virtualMachines/vm1")"},
        {"resourceId('other', 'A.B/c', 'd')",
         R"(")" SUB R"(/resourceGroups/other/providers/A.B/c/d")"},
        {"resourceId('22222222-2222-2222-2222-222222222222', 'other', 'A.B/c/e', 'd', 'f')",
         R"("/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/other/providers/A.B/c/d/e/f")"},
        {"resourceId('A.B/c/e', 'd/f')",
         R"(")" SUB R"(/resourceGroups/rg1/providers/A.B/c/d/e/f")"},
        {"resourceID('Microsoft.ManagedIdentity/userAssignedIdentities/', 'id1')",
         R"(")" SUB
         R"(/resourceGroups/rg1/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id1")"},
        {"resourceId('A.B/c', 'd', 'e')", "!one name for each part of the type 'A.B/c'"},
        {"resourceId('a', 'b')", "!a type like"}}},
      {"subscription",
       {{"subscription().subscriptionId", R"("11111111-1111-1111-1111-111111111111")"},
        {"subscription().id", R"(")" SUB R"(")"},
        {"subscription().displayName", R"("Own")"}}},
      {"subscriptionResourceId",
       {{"subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'r')",
         R"(")" SUB R"(/providers/Microsoft.Authorization/roleDefinitions/r")"},
        {"subscriptionResourceId('s', 'A.B/c', 'd')", R"("/subscriptions/s/providers/A.B/c/d")"}}},
      {"tenant", {{"tenant().tenantId", R"("99999999-9999-9999-9999-999999999999")"}}},
      {"tenantResourceId", {{"tenantResourceId('A.B/c', 'd')", R"("/providers/A.B/c/d")"}}},
      // Resources.
      {"providers",
       {{"providers('Microsoft.Compute', 'virtualMachines').apiVersions[0]", R"("2022-08-01")"},
        {"providers('A.B', 'c')", "!a type that is served, got 'A.B/c'"}}},
      {"reference",
       {{"reference('x')", "!only in properties and outputs"},
        {"reference('x', '1', 'Some')", "!expected 'Full'"}}},
  };
  return rows;
}

TEST_F(FunctionsTest, EachGivesWhatItsTableSays) {
  for (const auto& [name, rows] : Rows()) {
    for (const Row& row : rows) Check(row);
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

}  // namespace
}  // namespace openimds::templates
