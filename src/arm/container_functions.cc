// SPDX-License-Identifier: Apache-2.0
// Functions that take several of strings, arrays and objects.
#include <algorithm>
#include <string>

#include "arm/function_groups.h"
#include "arm/utf8.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

bool HoldsElement(const json::array& array, const json::value& wanted) {
  return std::any_of(array.begin(), array.end(),
                     [&](const json::value& element) { return IsSame(element, wanted); });
}

Result<Value> ConcatArrays(FunctionCall& call) {
  json::array all;
  for (std::size_t i = 0; i < call.size(); ++i) {
    TRY(const json::array* const array, call.Array(i));
    TRY_VOID(call.budget().Grow(MeasureValue(call.argument(i))));
    all.insert(all.end(), array->begin(), array->end());
  }
  return MakeValue(std::move(all));
}

Result<Value> Concat(FunctionCall& call) {
  if (call.argument(0).is_array()) return ConcatArrays(call);
  std::string all;
  for (std::size_t i = 0; i < call.size(); ++i) {
    if (call.argument(i).is_structured()) return call.Wrong(i, "a string like the first one");
    const std::string text = WriteText(call.argument(i));
    TRY_VOID(call.budget().Grow(text.size()));
    all += text;
  }
  return call.GiveText(all);
}

Result<Value> Contains(FunctionCall& call) {
  const json::value& container = call.argument(0);
  TRY_VOID(call.LookThrough(container));
  if (container.is_array()) {
    return call.Give(HoldsElement(container.get_array(), call.argument(1)));
  }
  const std::string wanted = WriteText(call.argument(1));
  if (container.is_object()) {
    return call.Give(FindMember(container.get_object(), wanted) != nullptr);
  }
  TRY(const std::string_view text, call.Text(0));
  TRY_VOID(call.Search(text, wanted));
  return call.Give(text.find(wanted) != text.npos);
}

Result<Value> Empty(FunctionCall& call) {
  const json::value& value = call.argument(0);
  if (value.is_null()) return call.Give(true);
  if (value.is_array()) return call.Give(value.get_array().empty());
  if (value.is_object()) return call.Give(value.get_object().empty());
  if (value.is_string()) return call.Give(value.get_string().empty());
  return call.Wrong(0, "a string, an array or an object");
}

Result<Value> Length(FunctionCall& call) {
  const json::value& value = call.argument(0);
  std::size_t length = 0;
  if (value.is_array()) {
    length = value.get_array().size();
  } else if (value.is_object()) {
    length = value.get_object().size();
  } else if (value.is_string()) {
    length = CountCharacters(ViewOf(value.get_string()));
  } else {
    return call.Wrong(0, "a string, an array or an object");
  }
  return call.Give(static_cast<std::int64_t>(length));
}

Result<Value> First(FunctionCall& call) {
  if (const json::array* array = call.argument(0).if_array()) {
    return array->empty() ? MakeValue(nullptr) : MakePart(call.shared(0), array->front());
  }
  TRY(const std::string_view text, call.Text(0));
  return call.GiveText(SliceCharacters(text, 0, 1));
}

Result<Value> Last(FunctionCall& call) {
  if (const json::array* array = call.argument(0).if_array()) {
    return array->empty() ? MakeValue(nullptr) : MakePart(call.shared(0), array->back());
  }
  TRY(const std::string_view text, call.Text(0));
  const std::size_t count = CountCharacters(text);
  return call.GiveText(SliceCharacters(text, count == 0 ? 0 : count - 1, 1));
}

// The elements or characters from `first` on, at most `count`.
Result<Value> Slice(FunctionCall& call, std::size_t first, std::size_t count) {
  const json::array* array = call.argument(0).if_array();
  if (!array) {
    TRY(const std::string_view text, call.Text(0));
    return call.GiveText(SliceCharacters(text, first, count));
  }
  first = std::min(first, array->size());
  count = std::min(count, array->size() - first);
  TRY_VOID(call.budget().Grow(MeasureValue(call.argument(0))));
  const auto begin = array->begin() + static_cast<std::ptrdiff_t>(first);
  return MakeValue(json::array(begin, begin + static_cast<std::ptrdiff_t>(count)));
}

Result<Value> Skip(FunctionCall& call) {
  TRY(const std::int64_t count, call.Number(1));
  return Slice(call, static_cast<std::size_t>(std::max<std::int64_t>(count, 0)), SIZE_MAX);
}

Result<Value> Take(FunctionCall& call) {
  TRY(const std::int64_t count, call.Number(1));
  return Slice(call, 0, static_cast<std::size_t>(std::max<std::int64_t>(count, 0)));
}

// In strings without case; -1 if it is not there.
Result<Value> FindIndex(FunctionCall& call, bool last) {
  TRY_VOID(call.LookThrough(call.argument(0)));
  std::int64_t index = -1;
  if (const json::array* array = call.argument(0).if_array()) {
    for (std::size_t i = 0; i < array->size() && (last || index < 0); ++i) {
      if (IsSame((*array)[i], call.argument(1))) index = static_cast<std::int64_t>(i);
    }
    return call.Give(index);
  }
  TRY(const std::string_view text, call.Text(0));
  TRY(const std::string_view wanted, call.Text(1));
  TRY_VOID(call.Search(text, wanted));
  const std::string lower = LowerAscii(text), lower_wanted = LowerAscii(wanted);
  const std::size_t found = last ? lower.rfind(lower_wanted) : lower.find(lower_wanted);
  if (found != lower.npos)
    index = static_cast<std::int64_t>(CountCharacters(text.substr(0, found)));
  return call.Give(index);
}

Result<Value> IndexOf(FunctionCall& call) { return FindIndex(call, false); }
Result<Value> LastIndexOf(FunctionCall& call) { return FindIndex(call, true); }

// Objects in both are merged in turn; anything else of `other` replaces what is there.
void MergeInto(json::object& merged, const json::object& other) {
  for (const auto& member : other) {
    json::value* there = merged.if_contains(member.key());
    if (there && there->is_object() && member.value().is_object()) {
      MergeInto(there->get_object(), member.value().get_object());
    } else {
      merged[member.key()] = member.value();
    }
  }
}

Result<Value> UnionOfArrays(FunctionCall& call) {
  json::array all;
  for (std::size_t i = 0; i < call.size(); ++i) {
    TRY(const json::array* const array, call.Array(i));
    TRY_VOID(call.budget().Grow(MeasureValue(call.argument(i))));
    for (const json::value& element : *array) {
      TRY_VOID(call.budget().Step(1 + all.size() / 8));
      if (!HoldsElement(all, element)) all.push_back(element);
    }
  }
  return MakeValue(std::move(all));
}

Result<Value> Union(FunctionCall& call) {
  if (call.argument(0).is_array()) return UnionOfArrays(call);
  json::object merged;
  for (std::size_t i = 0; i < call.size(); ++i) {
    TRY(const json::object* const object, call.Object(i));
    TRY_VOID(call.budget().Grow(MeasureValue(call.argument(i))));
    MergeInto(merged, *object);
  }
  return MakeValue(std::move(merged));
}

// What `common` and `other` share.
json::array IntersectArrays(const json::array& common, const json::array& other) {
  json::array both;
  for (const json::value& element : common) {
    if (HoldsElement(other, element) && !HoldsElement(both, element)) both.push_back(element);
  }
  return both;
}

json::object IntersectObjects(const json::object& common, const json::object& other) {
  json::object both;
  for (const auto& member : common) {
    const json::value* there = other.if_contains(member.key());
    if (there && IsSame(*there, member.value())) both.emplace(member.key(), member.value());
  }
  return both;
}

Result<Value> Intersection(FunctionCall& call) {
  json::value common = call.argument(0);
  if (!common.is_structured()) return call.Wrong(0, "an array or an object");
  TRY_VOID(call.budget().Grow(MeasureValue(common)));
  for (std::size_t i = 1; i < call.size(); ++i) {
    TRY_VOID(call.LookThrough(call.argument(i)));
    if (common.is_array()) {
      TRY(const json::array* const array, call.Array(i));
      TRY_VOID(call.budget().Step(common.get_array().size() * array->size() / 8));
      common = IntersectArrays(common.get_array(), *array);
    } else {
      TRY(const json::object* const object, call.Object(i));
      common = IntersectObjects(common.get_object(), *object);
    }
  }
  return MakeValue(std::move(common));
}

constexpr TemplateFunction kFunctions[] = {
    {"concat", 1, TemplateFunction::kAny, Concat},
    {"contains", 2, 2, Contains},
    {"empty", 1, 1, Empty},
    {"first", 1, 1, First},
    {"indexOf", 2, 2, IndexOf},
    {"intersection", 2, TemplateFunction::kAny, Intersection},
    {"last", 1, 1, Last},
    {"lastIndexOf", 2, 2, LastIndexOf},
    {"length", 1, 1, Length},
    {"skip", 2, 2, Skip},
    {"take", 2, 2, Take},
    {"union", 2, TemplateFunction::kAny, Union},
};

}  // namespace

std::span<const TemplateFunction> ContainerFunctions() { return kFunctions; }

}  // namespace openimds::templates
