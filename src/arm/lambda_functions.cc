// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include "arm/function_groups.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

// `lambda('a', 'b', body)`, read from a call's argument.
struct Lambda {
  std::vector<std::string> parameters;  // in lower case
  const Expression* body = nullptr;
};

Result<Lambda> LambdaArgument(FunctionCall& call, std::size_t i, std::size_t least,
                              std::size_t most) {
  const Expression& part = call.part(i);
  const bool is_lambda =
      part.kind == Expression::Kind::kCall && EqualsIgnoringCase(part.name, "lambda");
  if (!is_lambda || part.parts.size() < least + 1 || part.parts.size() > most + 1) {
    return call.FailCall("expected lambda('name', …, expression) with " + std::to_string(least) +
                         (most > least ? " to " + std::to_string(most) : "") +
                         " names as argument " + std::to_string(i + 1));
  }
  Lambda lambda;
  for (std::size_t p = 0; p + 1 < part.parts.size(); ++p) {
    if (part.parts[p].kind != Expression::Kind::kText) {
      return call.FailCall("expected the names of a lambda to be strings in quotes");
    }
    lambda.parameters.push_back(LowerAscii(part.parts[p].name));
  }
  lambda.body = &part.parts.back();
  return lambda;
}

Result<Value> RunLambda(FunctionCall& call, const Lambda& lambda,
                        const std::vector<Value>& arguments) {
  EvaluationContext& context = call.context();
  const NamedValues before = context.lambda_variables;
  for (std::size_t i = 0; i < lambda.parameters.size(); ++i) {
    context.lambda_variables[lambda.parameters[i]] = arguments[i];
  }
  auto result = Evaluator(context).Evaluate(*lambda.body);
  context.lambda_variables = before;
  return result;
}

Result<bool> RunCondition(FunctionCall& call, const Lambda& lambda,
                          const std::vector<Value>& arguments) {
  TRY(const Value value, RunLambda(call, lambda, arguments));
  if (const bool* truth = value->if_bool()) return *truth;
  return call.FailCall("expected the lambda to give a boolean, got " +
                       std::string(DescribeKind(*value)));
}

// The elements of a call's first argument, each as a part of the whole.
Result<std::vector<Value>> ElementsArgument(FunctionCall& call) {
  TRY(const Value whole, call.Evaluate(0));
  const json::array* array = whole->if_array();
  if (!array) return call.WrongKind(0, "an array", *whole);
  TRY_VOID(call.budget().Step(array->size()));
  std::vector<Value> elements;
  for (const json::value& element : *array) elements.push_back(MakePart(whole, element));
  return elements;
}

Value IndexValue(std::size_t i) { return MakeValue(static_cast<std::int64_t>(i)); }

Result<json::array> CopyElements(FunctionCall& call, const std::vector<Value>& elements) {
  json::array array;
  for (const Value& element : elements) {
    TRY_VOID(call.budget().Grow(MeasureValue(*element)));
    array.push_back(*element);
  }
  return array;
}

Result<Value> Map(FunctionCall& call) {
  TRY(auto elements, ElementsArgument(call));
  TRY(const Lambda lambda, LambdaArgument(call, 1, 1, 2));
  for (std::size_t i = 0; i < elements.size(); ++i) {
    TRY(elements[i], RunLambda(call, lambda, {elements[i], IndexValue(i)}));
  }
  TRY(json::array mapped, CopyElements(call, elements));
  return MakeValue(std::move(mapped));
}

Result<Value> Filter(FunctionCall& call) {
  TRY(const auto elements, ElementsArgument(call));
  TRY(const Lambda lambda, LambdaArgument(call, 1, 1, 2));
  std::vector<Value> kept;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    TRY(const bool keep, RunCondition(call, lambda, {elements[i], IndexValue(i)}));
    if (keep) kept.push_back(elements[i]);
  }
  TRY(json::array filtered, CopyElements(call, kept));
  return MakeValue(std::move(filtered));
}

Result<Value> Reduce(FunctionCall& call) {
  TRY(const auto elements, ElementsArgument(call));
  TRY(Value reduced, call.Evaluate(1));
  TRY(const Lambda lambda, LambdaArgument(call, 2, 2, 3));
  for (std::size_t i = 0; i < elements.size(); ++i) {
    TRY(reduced, RunLambda(call, lambda, {reduced, elements[i], IndexValue(i)}));
  }
  return reduced;
}

// Sorting by insertion: the order may fail, or be none, and neither may hurt.
Result<Value> Sort(FunctionCall& call) {
  TRY(const auto elements, ElementsArgument(call));
  TRY(const Lambda lambda, LambdaArgument(call, 1, 2, 2));
  std::vector<Value> sorted;
  for (const Value& element : elements) {
    std::size_t low = 0, high = sorted.size();
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      TRY(const bool before, RunCondition(call, lambda, {element, sorted[middle]}));
      (before ? high : low) = before ? middle : middle + 1;
    }
    sorted.insert(sorted.begin() + static_cast<std::ptrdiff_t>(low), element);
  }
  TRY(json::array array, CopyElements(call, sorted));
  return MakeValue(std::move(array));
}

Result<Value> ToObject(FunctionCall& call) {
  TRY(const auto elements, ElementsArgument(call));
  TRY(const Lambda name_of, LambdaArgument(call, 1, 1, 1));
  json::object object;
  for (const Value& element : elements) {
    TRY(const Value name, RunLambda(call, name_of, {element}));
    if (!name->is_string()) return call.WrongKind(1, "a lambda that gives strings", *name);
    Value value = element;
    if (call.size() > 2) {
      TRY(const Lambda value_of, LambdaArgument(call, 2, 1, 1));
      TRY(value, RunLambda(call, value_of, {element}));
    }
    TRY_VOID(call.budget().Grow(MeasureValue(*name) + MeasureValue(*value)));
    object[name->get_string()] = *value;
  }
  return MakeValue(std::move(object));
}

Result<Value> MisplacedLambda(FunctionCall& call) {
  return call.FailCall("expected only as an argument of filter, map, reduce, sort or toObject");
}

Result<Value> LambdaVariables(FunctionCall& call) {
  TRY(const std::string_view name, call.Text(0));
  const NamedValues& variables = call.context().lambda_variables;
  const auto found = variables.find(LowerAscii(name));
  if (found != variables.end()) return found->second;
  return call.FailCall("expected a name of a lambda around this, got '" +
                       std::string(name.substr(0, 100)) + "'");
}

constexpr TemplateFunction kFunctions[] = {
    {"filter", 2, 2, Filter, true},
    {"lambda", 1, TemplateFunction::kAny, MisplacedLambda, true},
    {"lambdaVariables", 1, 1, LambdaVariables},
    {"map", 2, 2, Map, true},
    {"reduce", 3, 3, Reduce, true},
    {"sort", 2, 2, Sort, true},
    {"toObject", 2, 3, ToObject, true},
};

}  // namespace

std::span<const TemplateFunction> LambdaFunctions() { return kFunctions; }

}  // namespace openimds::templates
