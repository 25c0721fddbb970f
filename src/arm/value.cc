// SPDX-License-Identifier: Apache-2.0
#include "arm/value.h"

#include <algorithm>

#include <boost/json/serialize.hpp>

#include "base/text.h"

namespace openimds::templates {

namespace json = boost::json;

std::string_view DescribeKind(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
      return "a whole number";
    case json::kind::double_:
      return "a number";
    case json::kind::string:
      return "a string";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      return "an object";
  }
  return "nothing";
}

const json::value* FindMember(const json::object& object, std::string_view name) {
  if (const json::value* exact = object.if_contains({name.data(), name.size()})) return exact;
  for (const auto& member : object) {
    if (EqualsIgnoringCase({member.key().data(), member.key().size()}, name)) {
      return &member.value();
    }
  }
  return nullptr;
}

const json::object* FindObject(const json::object& object, std::string_view name) {
  const json::value* member = FindMember(object, name);
  return member ? member->if_object() : nullptr;
}

std::string_view TextMember(const json::object& object, std::string_view name) {
  const json::value* member = FindMember(object, name);
  return member && member->is_string() ? ViewOf(member->get_string()) : std::string_view{};
}

std::optional<std::int64_t> WholeNumberOf(const json::value& value) {
  if (value.is_int64()) return value.get_int64();
  if (!value.is_double()) return std::nullopt;
  const double number = value.get_double();
  constexpr double kLimit = 9.0e15;  // beyond it a double skips whole numbers
  if (number < -kLimit || number > kLimit) return std::nullopt;
  const auto whole = static_cast<std::int64_t>(number);
  return static_cast<double>(whole) == number ? std::optional(whole) : std::nullopt;
}

namespace {

bool IsSameArray(const json::array& left, const json::array& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), IsSame);
}

bool IsSameObject(const json::object& left, const json::object& right) {
  return left.size() == right.size() &&
         std::all_of(left.begin(), left.end(), [&](const json::key_value_pair& member) {
           const json::value* other = right.if_contains(member.key());
           return other && IsSame(member.value(), *other);
         });
}

}  // namespace

bool IsSame(const json::value& left, const json::value& right) {
  if (left.is_array() && right.is_array()) {
    return IsSameArray(left.get_array(), right.get_array());
  }
  if (left.is_object() && right.is_object()) {
    return IsSameObject(left.get_object(), right.get_object());
  }
  const auto left_number = WholeNumberOf(left);
  if (left_number) return left_number == WholeNumberOf(right);
  return left == right;
}

std::string WriteText(const json::value& value) {
  if (value.is_string()) return std::string(ViewOf(value.get_string()));
  if (value.is_bool()) return value.get_bool() ? "True" : "False";
  if (const auto number = WholeNumberOf(value)) return std::to_string(*number);
  if (value.is_null()) return {};
  return json::serialize(value);
}

std::size_t MeasureValue(const json::value& value) {
  std::size_t size = 24;
  if (value.is_string()) {
    size += value.get_string().size();
  } else if (value.is_array()) {
    for (const json::value& element : value.get_array()) size += MeasureValue(element);
  } else if (value.is_object()) {
    for (const auto& member : value.get_object()) {
      size += 16 + member.key().size() + MeasureValue(member.value());
    }
  }
  return size;
}

}  // namespace openimds::templates
