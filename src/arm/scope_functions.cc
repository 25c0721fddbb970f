// SPDX-License-Identifier: Apache-2.0
// Where a template is deployed, and the ids of resources there and elsewhere.
#include <algorithm>
#include <string>

#include "arm/function_groups.h"
#include "arm/resource_path.h"
#include "arm/scope.h"
#include "base/guid.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

const Surroundings& SurroundingsOf(FunctionCall& call) {
  return call.context().scope->surroundings();
}

Result<std::vector<std::string_view>> TextArguments(FunctionCall& call) {
  std::vector<std::string_view> texts;
  for (std::size_t i = 0; i < call.size(); ++i) {
    TRY(const std::string_view text, call.Text(i));
    texts.push_back(text);
  }
  return texts;
}

// The type is the first argument that is written like one; the names behind it are as many as the
// type has parts. What stands before it is for the caller.
std::size_t FindType(const std::vector<std::string_view>& texts, std::size_t most_before) {
  for (std::size_t i = 0; i < texts.size() && i <= most_before; ++i) {
    if (texts[i].find('/') != texts[i].npos && texts[i].front() != '/') return i;
  }
  return texts.size();
}

Result<Value> GiveId(FunctionCall& call, const std::string& scope,
                     const std::vector<std::string_view>& texts, std::size_t type_at) {
  std::string name;
  for (std::size_t i = type_at + 1; i < texts.size(); ++i) {
    name.append(name.empty() ? "" : "/").append(texts[i]);
  }
  const auto id = MakeResourceId(scope, texts[type_at], name);
  if (id) return call.GiveText(*id);
  return call.FailCall("expected one name for each part of the type '" +
                       std::string(texts[type_at].substr(0, 100)) + "', got '" +
                       name.substr(0, 100) + "'");
}

tl::unexpected<Error> NoType(FunctionCall& call) {
  return call.FailCall("expected a type like Microsoft.Compute/virtualMachines, and names");
}

// resourceId([subscription], [group], type, name…)
Result<Value> ResourceIdOf(FunctionCall& call) {
  TRY(const auto texts, TextArguments(call));
  const std::size_t type_at = FindType(texts, 2);
  if (type_at == texts.size()) return NoType(call);
  Surroundings place = SurroundingsOf(call);
  if (type_at == 2) {
    place.subscription_id = texts[0];
    place.resource_group = texts[1];
  } else if (type_at == 1) {
    (Guid::Parse(texts[0]) ? place.subscription_id : place.resource_group) = texts[0];
  }
  return GiveId(call, place.ScopeId(), texts, type_at);
}

Result<Value> SubscriptionResourceId(FunctionCall& call) {
  TRY(const auto texts, TextArguments(call));
  const std::size_t type_at = FindType(texts, 1);
  if (type_at == texts.size()) return NoType(call);
  const std::string subscription =
      type_at == 1 ? std::string(texts[0]) : SurroundingsOf(call).subscription_id;
  return GiveId(call, "/subscriptions/" + subscription, texts, type_at);
}

Result<Value> TenantResourceId(FunctionCall& call) {
  TRY(const auto texts, TextArguments(call));
  if (FindType(texts, 0) != 0) return NoType(call);
  return GiveId(call, "", texts, 0);
}

Result<Value> ExtensionResourceId(FunctionCall& call) {
  TRY(const auto texts, TextArguments(call));
  if (texts[1].find('/') == texts[1].npos) return NoType(call);
  return GiveId(call, std::string(texts[0]), texts, 1);
}

Result<Value> ManagementGroupResourceId(FunctionCall& call) {
  TRY(const auto texts, TextArguments(call));
  const std::size_t type_at = FindType(texts, 1);
  if (type_at != 1) return NoType(call);
  return GiveId(call, "/providers/Microsoft.Management/managementGroups/" + std::string(texts[0]),
                texts, type_at);
}

Result<Value> ResourceGroup(FunctionCall& call) {
  const Surroundings& place = SurroundingsOf(call);
  if (place.resource_group.empty()) {
    return call.FailCall("expected only in a deployment to a resource group");
  }
  return call.Give(json::object{{"id", place.ScopeId()},
                                {"name", place.resource_group},
                                {"type", "Microsoft.Resources/resourceGroups"},
                                {"location", place.location},
                                {"tags", place.tags},
                                {"properties", {{"provisioningState", "Succeeded"}}}});
}

Result<Value> Subscription(FunctionCall& call) {
  const Surroundings& place = SurroundingsOf(call);
  return call.Give(json::object{{"id", "/subscriptions/" + place.subscription_id},
                                {"subscriptionId", place.subscription_id},
                                {"tenantId", place.tenant_id},
                                {"displayName", place.subscription_name}});
}

Result<Value> Tenant(FunctionCall& call) {
  return call.Give(json::object{{"tenantId", SurroundingsOf(call).tenant_id}});
}

constexpr TemplateFunction kFunctions[] = {
    {"extensionResourceId", 3, TemplateFunction::kAny, ExtensionResourceId},
    {"managementGroupResourceId", 3, TemplateFunction::kAny, ManagementGroupResourceId},
    {"resourceGroup", 0, 0, ResourceGroup},
    {"resourceId", 2, TemplateFunction::kAny, ResourceIdOf},
    {"subscription", 0, 0, Subscription},
    {"subscriptionResourceId", 2, TemplateFunction::kAny, SubscriptionResourceId},
    {"tenant", 0, 0, Tenant},
    {"tenantResourceId", 2, TemplateFunction::kAny, TenantResourceId},
};

}  // namespace

std::span<const TemplateFunction> ScopeFunctions() { return kFunctions; }

}  // namespace openimds::templates
