// SPDX-License-Identifier: Apache-2.0
#include "arm/evaluator.h"

#include <algorithm>

#include "arm/function.h"
#include "arm/scope.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

std::string CountText(const TemplateFunction& function) {
  const std::string least = std::to_string(function.min_arguments);
  if (function.max_arguments == TemplateFunction::kAny) return least + " or more";
  if (function.max_arguments == function.min_arguments) return least;
  return least + " to " + std::to_string(function.max_arguments);
}

}  // namespace

bool NeedsDeployment(const Expression& expression) {
  if (expression.kind == Expression::Kind::kCall &&
      EqualsIgnoringCase(expression.name, "reference")) {
    return true;
  }
  return std::any_of(expression.parts.begin(), expression.parts.end(), NeedsDeployment);
}

tl::unexpected<Error> Evaluator::FailAt(const Expression& at, const std::string& message,
                                        std::string_view reason) const {
  return Fail(ErrorKind::kInvalidRequest, reason,
              context_.path + ", column " + std::to_string(at.column) + ": " + message);
}

Result<Expression> Evaluator::Parse(std::string_view text) {
  TRY_VOID(context_.budget->Step(text.size() / 64));
  auto expression = ParseExpression(text);
  if (!expression) expression.error().message.insert(0, context_.path + ", ");
  return expression;
}

Result<Value> Evaluator::EvaluateText(std::string_view text) {
  TRY(const Expression expression, Parse(text));
  return Evaluate(expression);
}

Result<Value> Evaluator::Evaluate(const Expression& expression) {
  TRY_VOID(context_.budget->Step());
  if (context_.depth >= kMaxEvaluationDepth) {
    return FailAt(expression, "expected expressions, variables and functions that are less deep",
                  reasons::kTemplateLimit);
  }
  ++context_.depth;
  auto value = EvaluateKind(expression);
  --context_.depth;
  return value;
}

Result<Value> Evaluator::EvaluateKind(const Expression& expression) {
  switch (expression.kind) {
    case Expression::Kind::kText:
      return MakeText(expression.name);
    case Expression::Kind::kNumber:
      return MakeValue(expression.number);
    case Expression::Kind::kCall:
      return EvaluateCall(expression);
    case Expression::Kind::kMember:
      return EvaluateMember(expression);
    case Expression::Kind::kIndex:
      return EvaluateIndex(expression);
  }
  return FailAt(expression, "expected an expression");
}

Result<const TemplateFunction*> Evaluator::FindServed(const Expression& call) const {
  if (const std::string_view why = WhyRefused(call.name); !why.empty()) {
    return FailAt(call, "'" + call.name + "' is not served: " + std::string(why));
  }
  const TemplateFunction* function = FindFunction(call.name);
  if (!function) {
    const std::string near(NearestFunction(call.name));
    return FailAt(call, "expected a template function, got '" + call.name.substr(0, 100) + "'" +
                            (near.empty() ? "" : "; did you mean '" + near + "'?"));
  }
  const std::size_t count = call.parts.size();
  if (count < function->min_arguments || count > function->max_arguments) {
    return FailAt(call, "'" + std::string(function->name) + "' expects " + CountText(*function) +
                            " arguments, got " + std::to_string(count));
  }
  return function;
}

Result<void> Evaluator::CheckCalls(const Expression& expression) const {
  const bool is_call = expression.kind == Expression::Kind::kCall;
  if (is_call && expression.name.find('.') == std::string::npos) {
    TRY_VOID(FindServed(expression));
  }
  for (const Expression& part : expression.parts) TRY_VOID(CheckCalls(part));
  return {};
}

Result<Value> Evaluator::EvaluateCall(const Expression& call) {
  if (call.name.find('.') != std::string::npos) return EvaluateUserFunction(call);
  TRY(const TemplateFunction* const function, FindServed(call));
  FunctionCall evaluated(*this, *function, call);
  if (!function->is_lazy) TRY_VOID(evaluated.EvaluateArguments());
  return function->evaluate(evaluated);
}

Result<Value> Evaluator::EvaluateUserFunction(const Expression& call) {
  if (context_.function_arguments) {
    return FailAt(call, "a user's function cannot call another one");
  }
  const UserFunction* function = context_.scope->FindUserFunction(call.name);
  if (!function) {
    return FailAt(call, "expected a function of this template, got '" + call.name + "'");
  }
  if (call.parts.size() != function->parameters.size()) {
    return FailAt(call, "'" + call.name + "' expects " +
                            std::to_string(function->parameters.size()) + " arguments, got " +
                            std::to_string(call.parts.size()));
  }
  NamedValues arguments;
  for (std::size_t i = 0; i < call.parts.size(); ++i) {
    TRY(Value argument, Evaluate(call.parts[i]));
    arguments.emplace(function->parameters[i], std::move(argument));
  }
  return context_.scope->CallUserFunction(*function, arguments, context_);
}

Result<Value> Evaluator::EvaluateMember(const Expression& member) {
  TRY(const Value target, Evaluate(member.parts[0]));
  const json::object* object = target->if_object();
  if (!object) {
    return FailAt(member, "expected an object that has '" + member.name + "', got " +
                              std::string(DescribeKind(*target)));
  }
  TRY_VOID(context_.budget->Step(object->size() / 16));
  const json::value* found = FindMember(*object, member.name);
  if (found) return MakePart(target, *found);
  return FailAt(member, "expected the object to have '" + member.name + "'; it does not");
}

Result<Value> Evaluator::EvaluateIndex(const Expression& index) {
  TRY(const Value target, Evaluate(index.parts[0]));
  TRY(const Value at, Evaluate(index.parts[1]));
  if (const json::object* object = target->if_object(); object && at->is_string()) {
    const std::string_view name = ViewOf(at->get_string());
    TRY_VOID(context_.budget->Step(object->size() / 16));
    if (const json::value* found = FindMember(*object, name)) return MakePart(target, *found);
    return FailAt(index, "expected the object to have '" + std::string(name.substr(0, 100)) +
                             "'; it does not");
  }
  const json::array* array = target->if_array();
  const auto position = WholeNumberOf(*at);
  if (!array || !position) {
    return FailAt(index, "expected an array and a whole number, or an object and a name, got " +
                             std::string(DescribeKind(*target)) + " and " +
                             std::string(DescribeKind(*at)));
  }
  if (*position < 0 || static_cast<std::uint64_t>(*position) >= array->size()) {
    return FailAt(index, "expected an index of an array of " + std::to_string(array->size()) +
                             ", got " + std::to_string(*position));
  }
  return MakePart(target, (*array)[static_cast<std::size_t>(*position)]);
}

}  // namespace openimds::templates
