// SPDX-License-Identifier: Apache-2.0
#include "arm/template.h"

#include <algorithm>
#include <array>

#include <boost/json/serialize.hpp>

#include "arm/value.h"
#include "base/reasons.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDeclarations = 256;  // ARM's limit for parameters and for variables
constexpr std::size_t kMaxOutputs = 64;
constexpr std::size_t kMaxResources = 800;

const json::object kNoMembers;

constexpr std::array<std::string_view, 7> kTypeNames = {"String", "SecureString", "Int",  "Bool",
                                                        "Object", "SecureObject", "Array"};

constexpr std::string_view kSections[] = {
    "$schema",   "contentVersion", "languageVersion", "apiProfile", "metadata",   "parameters",
    "variables", "functions",      "resources",       "outputs",    "definitions"};

tl::unexpected<Error> Invalid(const std::string& message) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateInvalid, message);
}

tl::unexpected<Error> WrongKindAt(const std::string& path, std::string_view expected,
                                  const json::value& got) {
  return Invalid(path + ": expected " + std::string(expected) + ", got " +
                 std::string(DescribeKind(got)));
}

std::string NameOf(const json::key_value_pair& member) {
  return std::string(member.key().data(), member.key().size());
}

// A section that is an object, or absent.
Result<const json::object*> ReadSection(const json::object& document, const std::string& name,
                                        std::size_t most) {
  const json::value* section = FindMember(document, name);
  if (!section || section->is_null()) return &kNoMembers;
  const json::object* object = section->if_object();
  if (!object) return WrongKindAt(name, "an object", *section);
  if (object->size() <= most) return object;
  return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateLimit,
              name + ": expected at most " + std::to_string(most) + " of them, got " +
                  std::to_string(object->size()));
}

Result<std::optional<std::int64_t>> ReadBound(const json::object& declaration,
                                              const std::string& path, const char* name) {
  const json::value* bound = FindMember(declaration, name);
  if (!bound) return std::optional<std::int64_t>();
  const auto number = WholeNumberOf(*bound);
  if (!number) return WrongKindAt(path + "." + name, "a whole number", *bound);
  return number;
}

Result<TemplateParameter> ReadParameter(const json::key_value_pair& member) {
  TemplateParameter parameter{.name = NameOf(member), .allowed_values = nullptr};
  const std::string path = "parameters." + parameter.name;
  const json::object* declaration = member.value().if_object();
  if (!declaration) return WrongKindAt(path, "an object", member.value());
  const std::string_view type_name = TextMember(*declaration, "type");
  const auto type = ParseParameterType(type_name);
  if (!type) {
    return Invalid(path + ".type: expected string, securestring, int, bool, object, secureobject " +
                   "or array, got '" + std::string(type_name.substr(0, 100)) + "'");
  }
  parameter.type = *type;
  parameter.default_value = FindMember(*declaration, "defaultValue");
  if (const json::value* allowed = FindMember(*declaration, "allowedValues")) {
    parameter.allowed_values = allowed->if_array();
    if (!parameter.allowed_values)
      return WrongKindAt(path + ".allowedValues", "an array", *allowed);
  }
  const json::value* nullable = FindMember(*declaration, "nullable");
  parameter.is_nullable = nullable && nullable->is_bool() && nullable->get_bool();
  TRY(parameter.min_value, ReadBound(*declaration, path, "minValue"));
  TRY(parameter.max_value, ReadBound(*declaration, path, "maxValue"));
  TRY(parameter.min_length, ReadBound(*declaration, path, "minLength"));
  TRY(parameter.max_length, ReadBound(*declaration, path, "maxLength"));
  return parameter;
}

Result<UserFunction> ReadFunction(const json::value& value, const std::string& path) {
  UserFunction function{{}, nullptr, path + ".output.value"};
  const json::object* declaration = value.if_object();
  if (!declaration) return WrongKindAt(path, "an object", value);
  const json::object* output = FindObject(*declaration, "output");
  function.output = output ? FindMember(*output, "value") : nullptr;
  if (!function.output) return Invalid(path + ".output: expected an object with 'value'");
  const json::value* parameters = FindMember(*declaration, "parameters");
  if (!parameters) return function;
  if (!parameters->is_array()) return WrongKindAt(path + ".parameters", "an array", *parameters);
  for (const json::value& parameter : parameters->get_array()) {
    const json::object* object = parameter.if_object();
    const std::string name = object ? LowerAscii(TextMember(*object, "name")) : "";
    if (name.empty()) return Invalid(path + ".parameters: expected each to have a name");
    function.parameters.push_back(name);
  }
  return function;
}

}  // namespace

std::string_view TypeName(ParameterType type) { return kTypeNames[static_cast<std::size_t>(type)]; }

bool IsSecure(ParameterType type) {
  return type == ParameterType::kSecureString || type == ParameterType::kSecureObject;
}

std::optional<ParameterType> ParseParameterType(std::string_view text) {
  for (std::size_t i = 0; i < kTypeNames.size(); ++i) {
    if (EqualsIgnoringCase(kTypeNames[i], text)) return static_cast<ParameterType>(i);
  }
  return std::nullopt;
}

Result<ResourceDeclaration> ReadResourceDeclaration(const json::value& value, std::string path,
                                                    std::string symbol) {
  const json::object* body = value.if_object();
  if (!body) return WrongKindAt(path, "an object", value);
  for (const char* needed : {"type", "name", "apiVersion"}) {
    const json::value* member = FindMember(*body, needed);
    if (!member) return Invalid(path + ": expected '" + needed + "'");
    if (!member->is_string()) return WrongKindAt(path + "." + needed, "a string", *member);
  }
  return ResourceDeclaration{body, std::move(path), std::move(symbol)};
}

Result<std::shared_ptr<const Template>> Template::Read(json::object document) {
  std::shared_ptr<Template> read(new Template(std::move(document)));
  TRY_VOID(read->ReadSections());
  TRY_VOID(read->ReadParameters());
  TRY_VOID(read->ReadFunctions());
  TRY_VOID(read->ReadResources());
  return std::shared_ptr<const Template>(std::move(read));
}

Result<void> Template::ReadSections() {
  for (const auto& member : document_) {
    const std::string name = NameOf(member);
    const bool known =
        std::any_of(std::begin(kSections), std::end(kSections),
                    [&](std::string_view section) { return EqualsIgnoringCase(section, name); });
    if (!known)
      return Invalid("expected a section of a template, got '" + name.substr(0, 100) + "'");
  }
  for (const char* needed : {"$schema", "contentVersion"}) {
    if (TextMember(document_, needed).empty()) {
      return Invalid(std::string("expected '") + needed + "', a string, in the template");
    }
  }
  if (const json::object* definitions = FindObject(document_, "definitions");
      definitions && !definitions->empty()) {
    return Invalid("definitions: types of one's own are not served");
  }
  TRY(variables_, ReadSection(document_, "variables", kMaxDeclarations));
  TRY(outputs_, ReadSection(document_, "outputs", kMaxOutputs));
  return {};
}

Result<void> Template::ReadParameters() {
  TRY(const json::object* const section, ReadSection(document_, "parameters", kMaxDeclarations));
  for (const auto& member : *section) {
    TRY(TemplateParameter parameter, ReadParameter(member));
    if (FindParameter(parameter.name)) {
      return Invalid("parameters: expected '" + parameter.name + "' once, in any case");
    }
    parameters_.push_back(std::move(parameter));
  }
  return {};
}

Result<void> Template::ReadFunctions() {
  const json::value* section = FindMember(document_, "functions");
  if (!section || section->is_null()) return {};
  if (!section->is_array()) return WrongKindAt("functions", "an array", *section);
  const json::array& spaces = section->get_array();
  for (std::size_t i = 0; i < spaces.size(); ++i) {
    const std::string path = "functions[" + std::to_string(i) + "]";
    const json::object* space = spaces[i].if_object();
    const std::string name(space ? TextMember(*space, "namespace") : "");
    const json::object* members = space ? FindObject(*space, "members") : nullptr;
    if (name.empty() || !members) return Invalid(path + ": expected 'namespace' and 'members'");
    for (const auto& member : *members) {
      const std::string function_name = NameOf(member);
      TRY(UserFunction function, ReadFunction(member.value(), path + ".members." + function_name));
      functions_.insert_or_assign(LowerAscii(name + "." + function_name), std::move(function));
    }
  }
  return {};
}

Result<void> Template::ReadResources() {
  const json::value* section = FindMember(document_, "resources");
  if (!section) return Invalid("expected 'resources' in the template");
  if (!section->is_structured()) return WrongKindAt("resources", "an array or an object", *section);
  const json::object* symbols = section->if_object();
  const std::size_t count = symbols ? symbols->size() : section->get_array().size();
  if (count > kMaxResources) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateLimit,
                "resources: expected at most " + std::to_string(kMaxResources) + " of them, got " +
                    std::to_string(count));
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::string symbol = symbols ? NameOf(*(symbols->begin() + static_cast<long>(i))) : "";
    const json::value& value =
        symbols ? (symbols->begin() + static_cast<long>(i))->value() : section->get_array()[i];
    const std::string path =
        symbols ? "resources." + symbol : "resources[" + std::to_string(i) + "]";
    TRY(ResourceDeclaration resource, ReadResourceDeclaration(value, path, symbol));
    resources_.push_back(std::move(resource));
  }
  return {};
}

const TemplateParameter* Template::FindParameter(std::string_view name) const {
  for (const TemplateParameter& parameter : parameters_) {
    if (EqualsIgnoringCase(parameter.name, name)) return &parameter;
  }
  return nullptr;
}

const UserFunction* Template::FindUserFunction(std::string_view full_name) const {
  const auto found = functions_.find(LowerAscii(full_name));
  return found == functions_.end() ? nullptr : &found->second;
}

std::string Template::Hash() const {
  const std::string digest = Sha256(json::serialize(document_));
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = number << 8 | static_cast<unsigned char>(digest[i]);
  return std::to_string(number);
}

}  // namespace openimds::templates
