// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "arm/budget.h"
#include "arm/expression.h"
#include "arm/value.h"
#include "base/result.h"

namespace openimds::templates {

class TemplateScope;
struct TemplateFunction;

// One turn of a copy loop.
struct CopyTurn {
  std::string name;
  std::int64_t index = 0;
  bool is_of_resource = false;  // else of a property, a variable or an output
};

using NamedValues = std::map<std::string, Value, std::less<>>;  // by name in lower case

// What reference() asks: the target is a resource id, or a name in the same template.
class ReferenceLookup {
 public:
  virtual ~ReferenceLookup() = default;
  // The whole resource if `full`, else its properties.
  virtual Result<Value> FindReference(std::string_view target, std::string_view api_version,
                                      bool full) = 0;
};

// All that an expression's value depends on. The pointers outlive the evaluation.
struct EvaluationContext {
  const TemplateScope* scope = nullptr;
  Budget* budget = nullptr;
  ReferenceLookup* lookup = nullptr;                // null: nothing is deployed yet
  const NamedValues* function_arguments = nullptr;  // inside a user's function
  bool is_parameter_default = false;                // utcNow() and newGuid() are for these only
  std::vector<CopyTurn> copies{};                   // outermost first
  NamedValues lambda_variables{};
  std::string path{};     // where the expression stands, as `resources[0].name`
  std::size_t depth = 0;  // of evaluations, and of JSON, in each other; bounds the stack
};

inline constexpr std::size_t kMaxEvaluationDepth = 384;

// Whether reference() stands in it: then its value is known only after a resource was deployed.
bool NeedsDeployment(const Expression& expression);

// Evaluates expressions in one context. Every failure names the path and the column.
class Evaluator {
 public:
  explicit Evaluator(EvaluationContext& context) : context_(context) {}

  // REQUIRES: IsExpression(text), for both.
  Result<Expression> Parse(std::string_view text);
  Result<Value> EvaluateText(std::string_view text);
  Result<Value> Evaluate(const Expression& expression);

  // Whether every function in it is served and has a fitting number of arguments.
  Result<void> CheckCalls(const Expression& expression) const;

  EvaluationContext& context() { return context_; }

  // A failure at the expression.
  tl::unexpected<Error> FailAt(const Expression& at, const std::string& message,
                               std::string_view reason = reasons::kTemplateExpression) const;

 private:
  Result<const TemplateFunction*> FindServed(const Expression& call) const;
  Result<Value> EvaluateKind(const Expression& expression);
  Result<Value> EvaluateCall(const Expression& call);
  Result<Value> EvaluateUserFunction(const Expression& call);
  Result<Value> EvaluateMember(const Expression& member);
  Result<Value> EvaluateIndex(const Expression& index);

  EvaluationContext& context_;
};

}  // namespace openimds::templates
