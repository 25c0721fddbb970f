// SPDX-License-Identifier: Apache-2.0
#include "arm/function.h"

#include <unordered_map>

#include "arm/function_groups.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

// What reading an argument costs: much less than making it.
std::size_t ReadingSteps(const json::value& value) {
  if (value.is_string()) return value.get_string().size() / 256;
  if (value.is_array()) return value.get_array().size() / 16;
  if (value.is_object()) return value.get_object().size() / 16;
  return 0;
}

using FunctionIndex = std::unordered_map<std::string, const TemplateFunction*>;

FunctionIndex MakeIndex() {
  FunctionIndex index;
  for (const FunctionGroup& group : FunctionGroups()) {
    for (const TemplateFunction& function : group.functions) {
      index.emplace(LowerAscii(function.name), &function);
    }
  }
  return index;
}

}  // namespace

Result<void> FunctionCall::EvaluateArguments() {
  arguments_.reserve(size());
  for (const Expression& part : expression_.parts) {
    TRY(Value value, evaluator_.Evaluate(part));
    TRY_VOID(budget().Step(ReadingSteps(*value)));
    arguments_.push_back(std::move(value));
  }
  return {};
}

Result<std::string_view> FunctionCall::Text(std::size_t i) const {
  if (const json::string* text = arguments_[i]->if_string()) return ViewOf(*text);
  return Wrong(i, "a string");
}

Result<std::int64_t> FunctionCall::Number(std::size_t i) const {
  if (const auto number = WholeNumberOf(*arguments_[i])) return *number;
  return Wrong(i, "a whole number");
}

Result<bool> FunctionCall::Truth(std::size_t i) const {
  if (const bool* truth = arguments_[i]->if_bool()) return *truth;
  return Wrong(i, "a boolean");
}

Result<const json::array*> FunctionCall::Array(std::size_t i) const {
  if (const json::array* array = arguments_[i]->if_array()) return array;
  return Wrong(i, "an array");
}

Result<const json::object*> FunctionCall::Object(std::size_t i) const {
  if (const json::object* object = arguments_[i]->if_object()) return object;
  return Wrong(i, "an object");
}

Result<Value> FunctionCall::Give(json::value value) {
  TRY_VOID(budget().Grow(MeasureValue(value)));
  return MakeValue(std::move(value));
}

tl::unexpected<Error> FunctionCall::WrongKind(std::size_t i, std::string_view expected,
                                              const json::value& got) const {
  return evaluator_.FailAt(part(i), "argument " + std::to_string(i + 1) + " of '" +
                                        std::string(function_.name) + "': expected " +
                                        std::string(expected) + ", got " +
                                        std::string(DescribeKind(got)));
}

tl::unexpected<Error> FunctionCall::FailCall(const std::string& message) const {
  return evaluator_.FailAt(expression_, "'" + std::string(function_.name) + "': " + message);
}

std::span<const FunctionGroup> FunctionGroups() {
  static const FunctionGroup groups[] = {
      {"Strings", StringFunctions()},
      {"Text and encodings", EncodingFunctions()},
      {"Arrays", ArrayFunctions()},
      {"Objects", ObjectFunctions()},
      {"Strings, arrays, objects", ContainerFunctions()},
      {"Logic and comparison", LogicFunctions()},
      {"Numbers", NumberFunctions()},
      {"Dates", DateFunctions()},
      {"Lambdas", LambdaFunctions()},
      {"Template", TemplateValueFunctions()},
      {"Scope", ScopeFunctions()},
      {"Resources", ResourceFunctions()},
  };
  return groups;
}

const TemplateFunction* FindFunction(std::string_view name) {
  static const FunctionIndex index = MakeIndex();
  const auto found = index.find(LowerAscii(name));
  return found == index.end() ? nullptr : found->second;
}

std::string_view WhyRefused(std::string_view name) {
  if (StartsWithIgnoringCase(name, "list")) {
    return "secrets of resources are not given to templates";
  }
  if (EqualsIgnoringCase(name, "managementGroup")) return "there are no management groups here";
  return {};
}

std::string_view NearestFunction(std::string_view name) {
  if (name.size() > 64) return {};
  std::vector<std::string_view> names;
  for (const FunctionGroup& group : FunctionGroups()) {
    for (const TemplateFunction& function : group.functions) names.push_back(function.name);
  }
  return FindNearest(name, names).value_or(std::string_view{});
}

}  // namespace openimds::templates
