// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include "arm/function_groups.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

// In the order of their names, as ARM does.
std::vector<std::string_view> SortedNames(const json::object& object) {
  std::vector<std::string_view> names;
  for (const auto& member : object) names.emplace_back(member.key().data(), member.key().size());
  std::sort(names.begin(), names.end());
  return names;
}

Result<Value> CreateObject(FunctionCall& call) {
  if (call.size() % 2 != 0) return call.FailCall("expected a value for each name");
  json::object object;
  for (std::size_t i = 0; i < call.size(); i += 2) {
    TRY(const std::string_view name, call.Text(i));
    TRY_VOID(call.budget().Grow(name.size() + MeasureValue(call.argument(i + 1))));
    if (FindMember(object, name)) {
      return call.FailCall("expected each name once, got '" + std::string(name.substr(0, 100)) +
                           "' again");
    }
    object.emplace(name, call.argument(i + 1));
  }
  return MakeValue(std::move(object));
}

Result<Value> Items(FunctionCall& call) {
  TRY(const json::object* const object, call.Object(0));
  TRY_VOID(call.budget().Grow(2 * MeasureValue(call.argument(0))));
  json::array items;
  for (const std::string_view name : SortedNames(*object)) {
    items.push_back(json::object{{"key", name}, {"value", object->at(name)}});
  }
  return MakeValue(std::move(items));
}

Result<Value> ObjectKeys(FunctionCall& call) {
  TRY(const json::object* const object, call.Object(0));
  json::array keys;
  for (const std::string_view name : SortedNames(*object)) {
    keys.emplace_back(json::string(name.data(), name.size()));
  }
  return call.Give(std::move(keys));
}

Result<Value> Null(FunctionCall&) { return MakeValue(nullptr); }

Result<Value> ShallowMerge(FunctionCall& call) {
  TRY(const json::array* const array, call.Array(0));
  TRY_VOID(call.budget().Grow(MeasureValue(call.argument(0))));
  json::object merged;
  for (const json::value& element : *array) {
    if (!element.is_object()) return call.WrongKind(0, "an array of objects", element);
    for (const auto& member : element.get_object()) merged[member.key()] = member.value();
  }
  return MakeValue(std::move(merged));
}

// What a name or an index finds; null if nothing.
const json::value* FindInside(const json::value& container, const json::value& key) {
  if (const json::object* object = container.if_object(); object && key.is_string()) {
    return FindMember(*object, ViewOf(key.get_string()));
  }
  const auto index = WholeNumberOf(key);
  const json::array* array = container.if_array();
  const bool inside =
      array && index && *index >= 0 && static_cast<std::uint64_t>(*index) < array->size();
  return inside ? &(*array)[static_cast<std::size_t>(*index)] : nullptr;
}

Result<Value> TryGet(FunctionCall& call) {
  const json::value* found = &call.argument(0);
  for (std::size_t i = 1; i < call.size(); ++i) {
    found = FindInside(*found, call.argument(i));
    if (!found) return MakeValue(nullptr);
  }
  return MakePart(call.shared(0), *found);
}

constexpr TemplateFunction kFunctions[] = {
    {"createObject", 0, TemplateFunction::kAny, CreateObject},
    {"items", 1, 1, Items},
    {"null", 0, 0, Null},
    {"objectKeys", 1, 1, ObjectKeys},
    {"shallowMerge", 1, 1, ShallowMerge},
    {"tryGet", 2, TemplateFunction::kAny, TryGet},
};

}  // namespace

std::span<const TemplateFunction> ObjectFunctions() { return kFunctions; }

}  // namespace openimds::templates
