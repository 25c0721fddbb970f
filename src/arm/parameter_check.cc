// SPDX-License-Identifier: Apache-2.0
#include "arm/parameter_check.h"

#include <algorithm>

#include <boost/json/serialize.hpp>

#include "arm/utf8.h"
#include "arm/value.h"
#include "base/reasons.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

tl::unexpected<Error> Refuse(const TemplateParameter& parameter, const std::string& message) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateParameter,
              "parameters." + parameter.name + ": " + message);
}

bool HasType(ParameterType type, const json::value& value) {
  switch (type) {
    case ParameterType::kString:
    case ParameterType::kSecureString:
      return value.is_string();
    case ParameterType::kInt:
      return WholeNumberOf(value).has_value();
    case ParameterType::kBool:
      return value.is_bool();
    case ParameterType::kObject:
    case ParameterType::kSecureObject:
      return value.is_object();
    case ParameterType::kArray:
      return value.is_array();
  }
  return false;
}

// What minLength and maxLength count; none for a type that has no length.
std::optional<std::int64_t> LengthOf(const json::value& value) {
  if (value.is_string()) {
    return static_cast<std::int64_t>(CountCharacters(ViewOf(value.get_string())));
  }
  if (value.is_array()) return static_cast<std::int64_t>(value.get_array().size());
  return std::nullopt;
}

Result<void> CheckBounds(const TemplateParameter& parameter, const char* what,
                         std::optional<std::int64_t> number, std::optional<std::int64_t> least,
                         std::optional<std::int64_t> most) {
  if (!number) return {};
  if ((!least || *number >= *least) && (!most || *number <= *most)) return {};
  const std::string got = IsSecure(parameter.type) ? "another" : std::to_string(*number);
  return Refuse(parameter, std::string("expected a ") + what + " of " +
                               (least ? "at least " + std::to_string(*least) : "") +
                               (least && most ? " and " : "") +
                               (most ? "at most " + std::to_string(*most) : "") + ", got " + got);
}

// An array is allowed if all its elements are, or the whole of it.
bool IsAllowed(const json::array& allowed, const json::value& value) {
  const auto listed = [&](const json::value& one) {
    return std::any_of(allowed.begin(), allowed.end(),
                       [&](const json::value& other) { return IsSame(other, one); });
  };
  if (listed(value)) return true;
  const json::array* elements = value.if_array();
  return elements && std::all_of(elements->begin(), elements->end(), listed);
}

}  // namespace

Result<void> CheckParameterValue(const TemplateParameter& parameter, const json::value& value) {
  if (value.is_null() && parameter.is_nullable) return {};
  if (!HasType(parameter.type, value)) {
    return Refuse(parameter, "expected a value of type " + LowerAscii(TypeName(parameter.type)) +
                                 ", got " + std::string(DescribeKind(value)));
  }
  TRY_VOID(CheckBounds(parameter, "value",
                       value.is_structured() ? std::nullopt : WholeNumberOf(value),
                       parameter.min_value, parameter.max_value));
  TRY_VOID(CheckBounds(parameter, "length", LengthOf(value), parameter.min_length,
                       parameter.max_length));
  if (!parameter.allowed_values || IsAllowed(*parameter.allowed_values, value)) return {};
  if (IsSecure(parameter.type)) return Refuse(parameter, "expected one of its allowed values");
  return Refuse(parameter, "expected one of " + json::serialize(*parameter.allowed_values) +
                               ", got " + json::serialize(value).substr(0, 200));
}

}  // namespace openimds::templates
