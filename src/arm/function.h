// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "arm/evaluator.h"

namespace openimds::templates {

class FunctionCall;

// A function of the template language.
struct TemplateFunction {
  static constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();

  std::string_view name;
  std::size_t min_arguments;
  std::size_t max_arguments;
  Result<Value> (*evaluate)(FunctionCall&);
  bool is_lazy = false;  // it evaluates those of its arguments that it wants
};

// A call that is being evaluated: what an implementation sees. What the getters return lives as
// long as the call. A wrong kind of argument fails, naming function, argument and what kind came;
// messages never show an argument's value, which may be of a secure parameter, unless it is a name.
class FunctionCall {
 public:
  FunctionCall(Evaluator& evaluator, const TemplateFunction& function, const Expression& expression)
      : evaluator_(evaluator), function_(function), expression_(expression) {}

  std::size_t size() const { return expression_.parts.size(); }
  const Expression& part(std::size_t i) const { return expression_.parts[i]; }
  EvaluationContext& context() { return evaluator_.context(); }
  Budget& budget() { return *evaluator_.context().budget; }

  // REQUIRES: the function is not lazy.
  Result<void> EvaluateArguments();
  const Value& shared(std::size_t i) const { return arguments_[i]; }
  const boost::json::value& argument(std::size_t i) const { return *arguments_[i]; }
  std::span<const Value> arguments() const { return arguments_; }
  // For lazy functions.
  Result<Value> Evaluate(std::size_t i) { return evaluator_.Evaluate(part(i)); }

  Result<std::string_view> Text(std::size_t i) const;
  Result<std::int64_t> Number(std::size_t i) const;
  Result<bool> Truth(std::size_t i) const;
  Result<const boost::json::array*> Array(std::size_t i) const;
  Result<const boost::json::object*> Object(std::size_t i) const;

  // A new value; its memory is charged.
  Result<Value> Give(boost::json::value value);
  Result<Value> GiveText(std::string_view text) {
    return Give(boost::json::string(text.data(), text.size()));
  }
  // Charges for looking at all of a value.
  Result<void> LookThrough(const boost::json::value& value) {
    return budget().Step(MeasureValue(value) / 24);
  }

  // Charges for finding one text in another, which takes up to the product of their sizes.
  Result<void> Search(std::string_view text, std::string_view wanted) {
    return budget().Step(text.size() / 256 + text.size() * wanted.size() / 16'384);
  }

  // `argument 2 of 'concat': expected …, got a boolean`
  tl::unexpected<Error> Wrong(std::size_t i, std::string_view expected) const {
    return WrongKind(i, expected, *arguments_[i]);
  }
  tl::unexpected<Error> WrongKind(std::size_t i, std::string_view expected,
                                  const boost::json::value& got) const;
  tl::unexpected<Error> FailCall(const std::string& message) const;

 private:
  Evaluator& evaluator_;
  const TemplateFunction& function_;
  const Expression& expression_;
  std::vector<Value> arguments_;
};

// One group of functions for each section of docs/protocols/arm-templates.md.
struct FunctionGroup {
  std::string_view name;
  std::span<const TemplateFunction> functions;
};
std::span<const FunctionGroup> FunctionGroups();

const TemplateFunction* FindFunction(std::string_view name);  // without case; null if not served

// Functions of the language that are refused, and why; empty for all other names.
std::string_view WhyRefused(std::string_view name);

// The nearest name that is served; empty if none is near.
std::string_view NearestFunction(std::string_view name);

}  // namespace openimds::templates
