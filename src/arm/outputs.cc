// SPDX-License-Identifier: Apache-2.0
#include "arm/outputs.h"

#include <optional>

#include "arm/parameter_check.h"
#include "arm/resolver.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

tl::unexpected<Error> Invalid(const std::string& message) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateInvalid, message);
}

struct Output {
  std::string name;
  ParameterType type = ParameterType::kString;
  const json::object* declaration = nullptr;
};

Result<Output> ReadOutput(const json::key_value_pair& member) {
  Output output{std::string(member.key().data(), member.key().size())};
  const std::string path = "outputs." + output.name;
  output.declaration = member.value().if_object();
  if (!output.declaration) return Invalid(path + ": expected an object");
  const std::string_view type_name = TextMember(*output.declaration, "type");
  const auto type = ParseParameterType(type_name);
  if (!type) {
    return Invalid(path + ".type: expected string, securestring, int, bool, object, secureobject " +
                   "or array, got '" + std::string(type_name.substr(0, 100)) + "'");
  }
  output.type = *type;
  const json::object* copy = FindObject(*output.declaration, "copy");
  if (!copy && !FindMember(*output.declaration, "value")) {
    return Invalid(path + ": expected 'value' or 'copy'");
  }
  return output;
}

Result<bool> IsOutputWanted(EvaluationContext& context, const Output& output) {
  const json::value* condition = FindMember(*output.declaration, "condition");
  if (!condition) return true;
  TRY(const json::value value, Resolver(context).ResolveMember(*condition, "condition"));
  if (value.is_bool()) return value.get_bool();
  return Invalid(context.path + ".condition: expected a boolean");
}

Result<json::value> ResolveOutput(Resolver& resolver, const Output& output) {
  if (const json::object* copy = FindObject(*output.declaration, "copy")) {
    return resolver.ResolveLoop(*copy, output.name);
  }
  return resolver.ResolveMember(*FindMember(*output.declaration, "value"), "value");
}

Result<void> CheckOutputType(const Output& output, const json::value& value) {
  const json::value* nullable = FindMember(*output.declaration, "nullable");
  TemplateParameter like{.name = output.name, .type = output.type};
  like.is_nullable = nullable && nullable->is_bool() && nullable->get_bool();
  if (CheckParameterValue(like, value)) return {};
  return Invalid("outputs." + output.name + ": expected a value of type " +
                 LowerAscii(TypeName(output.type)) + ", got " + std::string(DescribeKind(value)));
}

json::object ShowOutput(const Output& output, json::value value) {
  const std::string_view type = TypeName(output.type);
  json::object shown{{"type", json::string(type.data(), type.size())}};
  if (!IsSecure(output.type)) shown["value"] = std::move(value);
  return shown;
}

}  // namespace

std::string CamelCase(std::string_view name) {
  std::string camel(name);
  for (std::size_t i = 0; i < camel.size() && IsUpper(camel[i]); ++i) {
    // The last capital of several begins the next word.
    if (i > 0 && i + 1 < camel.size() && !IsUpper(name[i + 1])) break;
    camel[i] = ToLowerAscii(camel[i]);
  }
  return camel;
}

Result<void> CheckOutputs(const Template& source, EvaluationContext context) {
  for (const auto& member : source.outputs()) {
    TRY(const Output output, ReadOutput(member));
    context.path = "outputs." + output.name;
    TRY(const bool wanted, IsOutputWanted(context, output));
    if (!wanted) continue;
    Deferred deferred;
    Resolver resolver(context, &deferred);
    TRY(const json::value value, ResolveOutput(resolver, output));
    if (!deferred.any) TRY_VOID(CheckOutputType(output, value));
  }
  return {};
}

Result<json::object> EvaluateOutputs(const Template& source, EvaluationContext context) {
  json::object outputs;
  for (const auto& member : source.outputs()) {
    TRY(const Output output, ReadOutput(member));
    context.path = "outputs." + output.name;
    TRY(const bool wanted, IsOutputWanted(context, output));
    if (!wanted) continue;
    Resolver resolver(context);
    TRY(json::value value, ResolveOutput(resolver, output));
    TRY_VOID(CheckOutputType(output, value));
    outputs[CamelCase(output.name)] = ShowOutput(output, std::move(value));
  }
  return outputs;
}

}  // namespace openimds::templates
