// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "arm/function_groups.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

constexpr std::int64_t kMaxRange = 10'000;  // ARM's limit
constexpr std::int64_t kMaxRangeEnd = 2'147'483'647;

Result<Value> ToArray(FunctionCall& call) {
  if (call.argument(0).is_array()) return call.shared(0);
  TRY_VOID(call.budget().Grow(MeasureValue(call.argument(0))));
  return call.Give(json::array{call.argument(0)});
}

Result<Value> CreateArray(FunctionCall& call) {
  json::array array;
  for (const Value& element : call.arguments()) {
    TRY_VOID(call.budget().Grow(MeasureValue(*element)));
    array.push_back(*element);
  }
  return MakeValue(std::move(array));
}

Result<Value> Flatten(FunctionCall& call) {
  TRY(const json::array* const array, call.Array(0));
  TRY_VOID(call.budget().Grow(MeasureValue(call.argument(0))));
  json::array flat;
  for (const json::value& inner : *array) {
    if (!inner.is_array()) return call.WrongKind(0, "an array of arrays", inner);
    flat.insert(flat.end(), inner.get_array().begin(), inner.get_array().end());
  }
  return MakeValue(std::move(flat));
}

Result<Value> Range(FunctionCall& call) {
  TRY(const std::int64_t start, call.Number(0));
  TRY(const std::int64_t count, call.Number(1));
  if (count < 0 || count > kMaxRange) {
    return call.FailCall("expected a count of 0 to 10000, got " + std::to_string(count));
  }
  if (start > kMaxRangeEnd - count || start < -kMaxRangeEnd) {
    return call.FailCall("expected numbers of 32 bits, got " + std::to_string(start) + " and on");
  }
  json::array numbers;
  for (std::int64_t i = 0; i < count; ++i) numbers.push_back(start + i);
  return call.Give(std::move(numbers));
}

constexpr TemplateFunction kFunctions[] = {
    {"array", 1, 1, ToArray},
    {"createArray", 0, TemplateFunction::kAny, CreateArray},
    {"flatten", 1, 1, Flatten},
    {"range", 2, 2, Range},
};

}  // namespace

std::span<const TemplateFunction> ArrayFunctions() { return kFunctions; }

}  // namespace openimds::templates
