// SPDX-License-Identifier: Apache-2.0
// What a template knows of itself: parameters, variables, loops, its deployment.
#include <algorithm>
#include <string>

#include "arm/function_groups.h"
#include "arm/scope.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

// In a user's function, parameters() are the function's own.
Result<Value> FunctionArgument(FunctionCall& call, std::string_view name) {
  const NamedValues& arguments = *call.context().function_arguments;
  const auto found = arguments.find(LowerAscii(name));
  if (found != arguments.end()) return found->second;
  return call.FailCall("expected a parameter of this function, got '" + std::string(name) + "'");
}

Result<Value> Parameters(FunctionCall& call) {
  TRY(const std::string_view name, call.Text(0));
  if (call.context().function_arguments) return FunctionArgument(call, name);
  const TemplateScope& scope = *call.context().scope;
  const TemplateParameter* parameter = scope.source().FindParameter(name);
  if (parameter) return scope.Parameter(*parameter, call.context());
  return call.FailCall("expected a parameter that the template declares, got '" +
                       std::string(name.substr(0, 100)) + "'");
}

Result<Value> Variables(FunctionCall& call) {
  TRY(const std::string_view name, call.Text(0));
  const EvaluationContext& context = call.context();
  if (context.function_arguments || context.is_parameter_default) {
    return call.FailCall("expected not in a user's function nor in the default of a parameter");
  }
  if (context.scope->HasVariable(name)) return context.scope->Variable(name, context);
  return call.FailCall("expected a variable that the template declares, got '" +
                       std::string(name.substr(0, 100)) + "'");
}

// Without a name: the resource's loop, else the innermost. Null if there is none.
const CopyTurn* FindTurn(const std::vector<CopyTurn>& copies, std::string_view name) {
  const auto matches = [&](const CopyTurn& turn) {
    return name.empty() ? turn.is_of_resource : EqualsIgnoringCase(turn.name, name);
  };
  const auto found = std::find_if(copies.rbegin(), copies.rend(), matches);
  if (found != copies.rend()) return &*found;
  return name.empty() && !copies.empty() ? &copies.back() : nullptr;
}

Result<Value> CopyIndex(FunctionCall& call) {
  std::string_view name;
  std::int64_t offset = 0;
  const bool named = call.size() > 0 && call.argument(0).is_string();
  if (named) {
    TRY(name, call.Text(0));
  }
  if (call.size() > (named ? 1U : 0U)) {
    TRY(offset, call.Number(named ? 1 : 0));
  }
  const CopyTurn* turn = FindTurn(call.context().copies, name);
  std::int64_t index = 0;
  if (turn && !__builtin_add_overflow(turn->index, offset, &index)) return MakeValue(index);
  return call.FailCall(name.empty()
                           ? "expected a copy loop around this"
                           : "expected a copy loop called '" + std::string(name) + "' around this");
}

Result<Value> Deployment(FunctionCall& call) {
  return call.Give(json::value(call.context().scope->deployment_facts()));
}

Result<Value> Environment(FunctionCall& call) {
  const Surroundings& surroundings = call.context().scope->surroundings();
  const std::string& management = surroundings.management_url;
  const std::string& authority = surroundings.authority_url;
  json::object suffixes{{"acrLoginServer", ".azurecr.io"},
                        {"keyvaultDns", ".vault.azure.net"},
                        {"sqlServerHostname", ".database.windows.net"},
                        {"storage", "core.windows.net"}};
  return call.Give(json::object{{"name", "AzureCloud"},
                                {"resourceManager", management},
                                {"authentication",
                                 {{"loginEndpoint", authority},
                                  {"audiences", {management}},
                                  {"tenant", "common"},
                                  {"identityProvider", "AAD"}}},
                                {"suffixes", std::move(suffixes)}});
}

Result<Value> NewGuid(FunctionCall& call) {
  if (!call.context().is_parameter_default) {
    return call.FailCall("expected only in the default value of a parameter");
  }
  return call.GiveText(call.context().scope->surroundings().new_guid().ToString());
}

constexpr TemplateFunction kFunctions[] = {
    {"copyIndex", 0, 2, CopyIndex},     {"deployment", 0, 0, Deployment},
    {"environment", 0, 0, Environment}, {"newGuid", 0, 0, NewGuid},
    {"parameters", 1, 1, Parameters},   {"variables", 1, 1, Variables},
};

}  // namespace

std::span<const TemplateFunction> TemplateValueFunctions() { return kFunctions; }

}  // namespace openimds::templates
