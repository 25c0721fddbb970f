// SPDX-License-Identifier: Apache-2.0
#include "arm/function_groups.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

Result<bool> TruthOf(FunctionCall& call, std::size_t i) {
  TRY(const Value value, call.Evaluate(i));
  if (const bool* truth = value->if_bool()) return *truth;
  return call.WrongKind(i, "a boolean", *value);
}

// Only the side that is chosen is evaluated, so the other one may name what does not exist.
Result<Value> If(FunctionCall& call) {
  TRY(const bool condition, TruthOf(call, 0));
  return call.Evaluate(condition ? 1 : 2);
}

Result<Value> AllOrAny(FunctionCall& call, bool ends_with) {
  for (std::size_t i = 0; i < call.size(); ++i) {
    TRY(const bool truth, TruthOf(call, i));
    if (truth == ends_with) return MakeValue(ends_with);
  }
  return MakeValue(!ends_with);
}

Result<Value> And(FunctionCall& call) { return AllOrAny(call, false); }
Result<Value> Or(FunctionCall& call) { return AllOrAny(call, true); }

Result<Value> Not(FunctionCall& call) {
  TRY(const bool truth, call.Truth(0));
  return MakeValue(!truth);
}

Result<Value> True(FunctionCall&) { return MakeValue(true); }
Result<Value> False(FunctionCall&) { return MakeValue(false); }

Result<Value> Bool(FunctionCall& call) {
  const json::value& value = call.argument(0);
  if (value.is_bool()) return call.shared(0);
  if (const auto number = WholeNumberOf(value)) return MakeValue(*number != 0);
  TRY(const std::string_view text, call.Text(0));
  if (EqualsIgnoringCase(text, "true") || text == "1") return MakeValue(true);
  if (EqualsIgnoringCase(text, "false") || text == "0") return MakeValue(false);
  return call.FailCall("expected 'true', 'false', '1' or '0', got another string");
}

Result<Value> Coalesce(FunctionCall& call) {
  for (std::size_t i = 0; i < call.size(); ++i) {
    TRY(const Value value, call.Evaluate(i));
    if (!value->is_null()) return value;
  }
  return MakeValue(nullptr);
}

Result<Value> Equals(FunctionCall& call) {
  TRY_VOID(call.LookThrough(call.argument(0)));
  return MakeValue(IsSame(call.argument(0), call.argument(1)));
}

// Below 0, 0 or above 0: two numbers, or two strings by their bytes.
Result<int> Compare(FunctionCall& call) {
  if (call.argument(0).is_string()) {
    TRY(const std::string_view left, call.Text(0));
    TRY(const std::string_view right, call.Text(1));
    return left.compare(right);
  }
  TRY(const std::int64_t left, call.Number(0));
  TRY(const std::int64_t right, call.Number(1));
  return left < right ? -1 : left > right;
}

template <bool (*Holds)(int)>
Result<Value> Ordered(FunctionCall& call) {
  TRY(const int order, Compare(call));
  return MakeValue(Holds(order));
}

bool IsLess(int order) { return order < 0; }
bool IsLessOrEqual(int order) { return order <= 0; }
bool IsGreater(int order) { return order > 0; }
bool IsGreaterOrEqual(int order) { return order >= 0; }

constexpr TemplateFunction kFunctions[] = {
    {"and", 2, TemplateFunction::kAny, And, true},
    {"bool", 1, 1, Bool},
    {"coalesce", 1, TemplateFunction::kAny, Coalesce, true},
    {"equals", 2, 2, Equals},
    {"false", 0, 0, False},
    {"greater", 2, 2, Ordered<IsGreater>},
    {"greaterOrEquals", 2, 2, Ordered<IsGreaterOrEqual>},
    {"if", 3, 3, If, true},
    {"less", 2, 2, Ordered<IsLess>},
    {"lessOrEquals", 2, 2, Ordered<IsLessOrEqual>},
    {"not", 1, 1, Not},
    {"or", 2, TemplateFunction::kAny, Or, true},
    {"true", 0, 0, True},
};

}  // namespace

std::span<const TemplateFunction> LogicFunctions() { return kFunctions; }

}  // namespace openimds::templates
