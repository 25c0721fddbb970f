// SPDX-License-Identifier: Apache-2.0
#include "arm/scope.h"

#include <algorithm>
#include <utility>

#include "arm/parameter_check.h"
#include "arm/resolver.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

tl::unexpected<Error> RefuseParameter(const std::string& message) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateParameter, message);
}

std::string ParameterKey(std::string_view name) { return "parameters." + LowerAscii(name); }
std::string VariableKey(std::string_view name) { return "variables." + LowerAscii(name); }

void AppendTexts(const json::value& value, std::vector<std::string>* texts) {
  if (value.is_string() && !value.get_string().empty()) {
    texts->emplace_back(ViewOf(value.get_string()));
  } else if (value.is_array()) {
    for (const json::value& element : value.get_array()) AppendTexts(element, texts);
  } else if (value.is_object()) {
    for (const auto& member : value.get_object()) AppendTexts(member.value(), texts);
  }
}

// The loop of `variables.copy` that makes the variable of this name; null if none does.
const json::object* FindVariableLoop(const json::object& variables, std::string_view name) {
  const json::value* copy = FindMember(variables, "copy");
  if (!copy || !IsPropertyLoops(*copy)) return nullptr;
  for (const json::value& loop : copy->get_array()) {
    if (EqualsIgnoringCase(TextMember(loop.get_object(), "name"), name)) return &loop.get_object();
  }
  return nullptr;
}

}  // namespace

TemplateScope::TemplateScope(std::shared_ptr<const Template> of, Surroundings surroundings,
                             json::object facts)
    : template_(std::move(of)), surroundings_(std::move(surroundings)), facts_(std::move(facts)) {}

Result<void> TemplateScope::BindParameters(const json::object& given) {
  for (const auto& member : given) {
    const std::string name(member.key().data(), member.key().size());
    const TemplateParameter* parameter = template_->FindParameter(name);
    if (!parameter) {
      return RefuseParameter("parameters." + name.substr(0, 100) +
                             ": expected a parameter that the template declares");
    }
    const json::object* holder = member.value().if_object();
    const json::value* value = holder ? FindMember(*holder, "value") : nullptr;
    if (holder && FindMember(*holder, "reference")) {
      return RefuseParameter("parameters." + name + ": references to a key vault are not served");
    }
    if (!value) return RefuseParameter("parameters." + name + ": expected an object with 'value'");
    if (value->is_null() && !parameter->is_nullable) continue;  // as if it were not given
    TRY_VOID(CheckParameterValue(*parameter, *value));
    known_[ParameterKey(name)] = MakeValue(*value);
  }
  return {};
}

Result<void> TemplateScope::CheckAll(Budget& budget) const {
  EvaluationContext context{.scope = this, .budget = &budget};
  for (const TemplateParameter& parameter : template_->parameters()) {
    TRY_VOID(Parameter(parameter, context));
  }
  for (const auto& member : template_->variables()) {
    const std::string_view name(member.key().data(), member.key().size());
    if (EqualsIgnoringCase(name, "copy") && IsPropertyLoops(member.value())) {
      for (const json::value& loop : member.value().get_array()) {
        TRY_VOID(Variable(TextMember(loop.get_object(), "name"), context));
      }
    } else {
      TRY_VOID(Variable(name, context));
    }
  }
  return {};
}

bool TemplateScope::HasVariable(std::string_view name) const {
  return FindMember(template_->variables(), name) || FindVariableLoop(template_->variables(), name);
}

Result<Value> TemplateScope::Parameter(const TemplateParameter& parameter,
                                       const EvaluationContext& asker) const {
  const std::string key = ParameterKey(parameter.name);
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  const std::string path = "parameters." + parameter.name;
  if (!parameter.default_value) {
    if (parameter.is_nullable) return known_[key] = MakeValue(nullptr);
    return RefuseParameter(path + ": expected a value; it has no default");
  }
  TRY(const Value value,
      EvaluateOnce(key, asker, *parameter.default_value, path + ".defaultValue", true));
  TRY_VOID(CheckParameterValue(parameter, *value));
  return value;
}

Result<Value> TemplateScope::Variable(std::string_view name, const EvaluationContext& asker) const {
  const std::string key = VariableKey(name);
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  const json::value* source = FindMember(template_->variables(), name);
  if (!source) return EvaluateVariableLoop(key, name, asker);
  return EvaluateOnce(key, asker, *source, "variables." + std::string(name), false);
}

Result<void> TemplateScope::Begin(const std::string& key) const {
  const auto begun = std::find(being_evaluated_.begin(), being_evaluated_.end(), key);
  if (begun != being_evaluated_.end()) {
    std::string cycle;
    for (auto it = begun; it != being_evaluated_.end(); ++it) cycle += *it + " → ";
    return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateCycle,
                "expected no cycle, got " + cycle + key);
  }
  being_evaluated_.push_back(key);
  return {};
}

Result<Value> TemplateScope::EvaluateOnce(const std::string& key, const EvaluationContext& asker,
                                          const json::value& source, const std::string& path,
                                          bool is_default) const {
  TRY_VOID(Begin(key));
  EvaluationContext context{.scope = this, .budget = asker.budget};
  context.is_parameter_default = is_default;
  context.path = path;
  context.depth = asker.depth;
  auto value = Resolver(context).Resolve(source);
  being_evaluated_.pop_back();
  if (!value) return tl::unexpected<Error>(std::move(value.error()));
  return known_[key] = MakeValue(*std::move(value));
}

Result<Value> TemplateScope::EvaluateVariableLoop(const std::string& key, std::string_view name,
                                                  const EvaluationContext& asker) const {
  const json::object* loop = FindVariableLoop(template_->variables(), name);
  if (!loop) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateExpression,
                "variables: expected '" + std::string(name) + "' to be declared");
  }
  TRY_VOID(Begin(key));
  EvaluationContext context{.scope = this, .budget = asker.budget};
  context.path = "variables";
  context.depth = asker.depth;
  auto turns = Resolver(context).ResolveLoop(*loop, std::string(name));
  being_evaluated_.pop_back();
  if (!turns) return tl::unexpected<Error>(std::move(turns.error()));
  return known_[key] = MakeValue(*std::move(turns));
}

Result<Value> TemplateScope::CallUserFunction(const UserFunction& function,
                                              const NamedValues& arguments,
                                              const EvaluationContext& caller) const {
  EvaluationContext context{.scope = this, .budget = caller.budget};
  context.function_arguments = &arguments;
  context.path = function.path;
  context.depth = caller.depth;
  TRY(json::value value, Resolver(context).Resolve(*function.output));
  return MakeValue(std::move(value));
}

void TemplateScope::AppendSecrets(std::vector<std::string>* secrets) const {
  for (const TemplateParameter& parameter : template_->parameters()) {
    const auto found = known_.find(ParameterKey(parameter.name));
    if (IsSecure(parameter.type) && found != known_.end()) AppendTexts(*found->second, secrets);
  }
}

Result<json::object> TemplateScope::ShowParameters(Budget& budget) const {
  EvaluationContext context{.scope = this, .budget = &budget};
  json::object shown;
  for (const TemplateParameter& parameter : template_->parameters()) {
    json::object entry;
    const std::string_view type = TypeName(parameter.type);
    entry["type"] = json::string(type.data(), type.size());
    if (!IsSecure(parameter.type)) {
      TRY(const Value value, Parameter(parameter, context));
      entry["value"] = *value;
    }
    shown[parameter.name] = std::move(entry);
  }
  return shown;
}

}  // namespace openimds::templates
