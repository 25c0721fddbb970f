// SPDX-License-Identifier: Apache-2.0
#include "frontends/control/arguments.h"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/reasons.h"
#include "base/text.h"

namespace openimds::control {
namespace {

namespace json = boost::json;

bool IsText(const json::value& value) {
  return value.is_string() && value.get_string().find('\0') == json::string::npos;
}

bool IsTexts(const json::value& value) {
  return value.is_array() &&
         std::all_of(value.get_array().begin(), value.get_array().end(), IsText);
}

bool Fits(const ArgumentRule& rule, const json::value& value) {
  switch (rule.type) {
    case ArgumentType::kText:
      return IsText(value) && !(rule.required && value.get_string().empty());
    case ArgumentType::kTexts:
      return IsTexts(value) && !(rule.required && value.get_array().empty());
    case ArgumentType::kFlag:
      return value.is_bool();
    case ArgumentType::kGuid:
      return value.is_string() && Guid::Parse(std::string_view(value.get_string())).has_value();
  }
  return false;
}

std::string_view Expected(ArgumentType type) {
  switch (type) {
    case ArgumentType::kText:
      return "expected a text";
    case ArgumentType::kTexts:
      return "expected an array of texts";
    case ArgumentType::kFlag:
      return "expected true or false";
    case ArgumentType::kGuid:
      return "expected a GUID";
  }
  return {};
}

Result<void> CheckKnown(std::string_view name, std::span<const ArgumentRule> rules) {
  std::vector<std::string_view> names;
  for (const ArgumentRule& rule : rules) names.push_back(rule.name);
  if (std::find(names.begin(), names.end(), name) != names.end()) return {};
  const auto nearest = FindNearest(name, names);
  return BadArgument(name, nearest ? "unknown; did you mean '" + std::string(*nearest) + "'?"
                                   : std::string("unknown"));
}

}  // namespace

Result<Arguments> Arguments::Read(const json::object& given, std::span<const ArgumentRule> rules) {
  for (const auto& argument : given) TRY_VOID(CheckKnown(argument.key(), rules));
  for (const ArgumentRule& rule : rules) {
    const json::value* value = given.if_contains(rule.name);
    if (!value && rule.required) return BadArgument(rule.name, "missing");
    if (value && !Fits(rule, *value)) return BadArgument(rule.name, Expected(rule.type));
  }
  return Arguments(given);
}

std::optional<std::string> Arguments::FindText(std::string_view name) const {
  const json::value* value = given_->if_contains(name);
  if (!value) return std::nullopt;
  return std::string(value->get_string());
}

std::optional<Guid> Arguments::FindGuid(std::string_view name) const {
  const json::value* value = given_->if_contains(name);
  return value ? Guid::Parse(std::string_view(value->get_string())) : std::nullopt;
}

std::vector<std::string> Arguments::Texts(std::string_view name) const {
  std::vector<std::string> texts;
  const json::value* value = given_->if_contains(name);
  if (!value) return texts;
  for (const json::value& text : value->get_array()) texts.emplace_back(text.get_string());
  return texts;
}

bool Arguments::Flag(std::string_view name) const {
  const json::value* value = given_->if_contains(name);
  return value && value->get_bool();
}

tl::unexpected<Error> BadArgument(std::string_view name, std::string_view problem) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kArgumentInvalid,
              "argument '" + std::string(name) + "': " + std::string(problem));
}

}  // namespace openimds::control
