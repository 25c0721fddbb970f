// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include "arm/function_groups.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

// `compute` is false for what does not fit into 64 bits.
template <bool (*Compute)(std::int64_t, std::int64_t, std::int64_t*)>
Result<Value> Arithmetic(FunctionCall& call) {
  TRY(const std::int64_t left, call.Number(0));
  TRY(const std::int64_t right, call.Number(1));
  std::int64_t result = 0;
  if (!Compute(left, right, &result)) {
    return call.FailCall("expected a result of 64 bits, of a divisor that is not 0, got " +
                         std::to_string(left) + " and " + std::to_string(right));
  }
  return MakeValue(result);
}

bool Add(std::int64_t left, std::int64_t right, std::int64_t* result) {
  return !__builtin_add_overflow(left, right, result);
}
bool Subtract(std::int64_t left, std::int64_t right, std::int64_t* result) {
  return !__builtin_sub_overflow(left, right, result);
}
bool Multiply(std::int64_t left, std::int64_t right, std::int64_t* result) {
  return !__builtin_mul_overflow(left, right, result);
}
bool CanDivide(std::int64_t left, std::int64_t right) {
  return right != 0 && !(right == -1 && left == std::numeric_limits<std::int64_t>::min());
}
bool Divide(std::int64_t left, std::int64_t right, std::int64_t* result) {
  if (!CanDivide(left, right)) return false;
  *result = left / right;
  return true;
}
bool Modulo(std::int64_t left, std::int64_t right, std::int64_t* result) {
  if (!CanDivide(left, right)) return false;
  *result = left % right;
  return true;
}

Result<Value> Int(FunctionCall& call) {
  const json::value& value = call.argument(0);
  if (const auto number = WholeNumberOf(value)) return MakeValue(*number);
  if (value.is_double() && std::abs(value.get_double()) < 9.0e15) {
    return MakeValue(static_cast<std::int64_t>(value.get_double()));
  }
  TRY(std::string_view text, call.Text(0));
  text = TrimSpace(text);
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) {
    return call.FailCall("expected a whole number in the string");
  }
  return MakeValue(number);
}

Result<Value> Float(FunctionCall& call) {
  if (call.argument(0).is_number()) return MakeValue(call.argument(0).to_number<double>());
  TRY(const std::string_view text, call.Text(0));
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = !text.empty() && read.ptr == text.data() + text.size();
  if (!whole || read.ec != std::errc() || !std::isfinite(number)) {
    return call.FailCall("expected a number in the string");
  }
  return MakeValue(number);
}

Result<std::vector<std::int64_t>> NumbersOf(FunctionCall& call) {
  std::vector<std::int64_t> numbers;
  const json::array* array = call.size() == 1 ? call.argument(0).if_array() : nullptr;
  for (std::size_t i = 0; i < (array ? array->size() : call.size()); ++i) {
    const json::value& value = array ? (*array)[i] : call.argument(i);
    const auto number = WholeNumberOf(value);
    if (!number) return call.WrongKind(array ? 0 : i, "whole numbers", value);
    numbers.push_back(*number);
  }
  if (numbers.empty()) return call.FailCall("expected at least one number");
  return numbers;
}

Result<Value> Max(FunctionCall& call) {
  TRY(const auto numbers, NumbersOf(call));
  return MakeValue(*std::max_element(numbers.begin(), numbers.end()));
}

Result<Value> Min(FunctionCall& call) {
  TRY(const auto numbers, NumbersOf(call));
  return MakeValue(*std::min_element(numbers.begin(), numbers.end()));
}

constexpr TemplateFunction kFunctions[] = {
    {"add", 2, 2, Arithmetic<Add>},
    {"div", 2, 2, Arithmetic<Divide>},
    {"float", 1, 1, Float},
    {"int", 1, 1, Int},
    {"max", 1, TemplateFunction::kAny, Max},
    {"min", 1, TemplateFunction::kAny, Min},
    {"mod", 2, 2, Arithmetic<Modulo>},
    {"mul", 2, 2, Arithmetic<Multiply>},
    {"sub", 2, 2, Arithmetic<Subtract>},
};

}  // namespace

std::span<const TemplateFunction> NumberFunctions() { return kFunctions; }

}  // namespace openimds::templates
