// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

// The values of the expression language: JSON that is shared and never changed, so that taking a
// member or an argument copies nothing.
namespace openimds::templates {

using Value = std::shared_ptr<const boost::json::value>;

inline Value MakeValue(boost::json::value value) {
  return std::make_shared<const boost::json::value>(std::move(value));
}
inline Value MakeText(std::string_view text) {
  return MakeValue(boost::json::string(text.data(), text.size()));
}
// A part of `whole`, which it keeps alive.
inline Value MakePart(const Value& whole, const boost::json::value& part) {
  return Value(whole, &part);
}

inline std::string_view ViewOf(const boost::json::string& text) {
  return {text.data(), text.size()};
}

// `a string`, `an object`, …
std::string_view DescribeKind(const boost::json::value& value);

// Names are looked up as ARM does: without case, the exact spelling first.
const boost::json::value* FindMember(const boost::json::object& object, std::string_view name);

// A member that is an object or a string; null, or empty, if it is not there or something else.
const boost::json::object* FindObject(const boost::json::object& object, std::string_view name);
std::string_view TextMember(const boost::json::object& object, std::string_view name);

std::optional<std::int64_t> WholeNumberOf(const boost::json::value& value);

// Deep; numbers by what they are worth, members in any order.
bool IsSame(const boost::json::value& left, const boost::json::value& right);

// As concat() and string() write it: text as it is, `True`, whole numbers, JSON for the rest.
std::string WriteText(const boost::json::value& value);

// About how much memory it takes. Never 0.
std::size_t MeasureValue(const boost::json::value& value);

}  // namespace openimds::templates
