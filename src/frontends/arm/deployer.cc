// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/deployer.h"

#include <utility>

#include <boost/json/serialize.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "frontends/arm/catalogue.h"
#include "frontends/arm/deployment_record.h"
#include "frontends/arm/deployment_run.h"
#include "frontends/arm/perform.h"
#include "frontends/arm/resource.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;
using templates::DeploymentPlan;
using templates::PlannedResource;

constexpr std::string_view kWriteDeployment = "Microsoft.Resources/deployments/write";

// Where a reference does not say which version it means, any will do: they all look the same.
constexpr std::string_view kAnyVersion = "2021-04-01";

std::string_view VersionOr(std::string_view version) {
  return version.empty() ? kAnyVersion : version;
}

Result<json::object> GetBy(const Workplace& at, const Call& by, const std::string& id,
                           const std::string& api_version) {
  Call call = CallOn(by, "GET", id, VersionOr(api_version));
  TRY(Answer answer, Perform(at, &call));
  if (answer.body.is_object()) return std::move(answer.body.get_object());
  return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateExpression,
              "expected the id of a resource, got '" + id.substr(0, 200) + "'");
}

std::string ScopeOf(const std::string& id) {
  return id.substr(0, LowerAscii(id).find("/providers/"));
}

// What is not in the catalogue has no route that makes it, wherever its name would lead.
Result<void> CheckType(const PlannedResource& resource) {
  if (resource.is_deployment() || !CanonicalType(resource.type).empty()) return {};
  return Refuse(ErrorKind::kInvalidRequest, reasons::kTypeUnknown, "InvalidTemplateDeployment",
                "The resource '" + resource.name + "' has the type '" + resource.type +
                    "', which is not served here.");
}

tl::unexpected<Error> NotAuthorized(const PlannedResource& resource, Error error) {
  error.code = "InvalidTemplateDeployment";
  error.message = "Authorization failed for template resource '" + resource.name + "' of type '" +
                  resource.type + "'. " + error.message;
  return tl::unexpected<Error>(std::move(error));
}

Result<void> CheckResource(const Workplace& at, const Call& by, const PlannedResource& resource) {
  TRY_VOID(CheckType(resource));
  if (resource.is_deployment()) {
    auto may = RequireAction(*at.registry.Read(), by, kWriteDeployment, ScopeOf(resource.id));
    if (!may) return NotAuthorized(resource, std::move(may.error()));
    return resource.nested ? CheckPlan(at, by, *resource.nested) : Result<void>();
  }
  Call call = CallOn(by, "PUT", resource.id, resource.api_version);
  auto may = CheckMayPerform(at, &call);
  if (may) return {};
  if (may.error().kind == ErrorKind::kForbidden) {
    return NotAuthorized(resource, std::move(may.error()));
  }
  return Refuse(may.error().kind, may.error().reason, "InvalidTemplateDeployment",
                "The resource '" + resource.name + "' of type '" + resource.type +
                    "' cannot be deployed: " + may.error().message);
}

// Complete mode takes away what the template does not name.
Result<void> CheckDeletion(const Workplace& at, const Call& by, const std::string& id) {
  Call call = CallOn(by, "DELETE", id, kAnyVersion);
  auto may = CheckMayPerform(at, &call);
  if (may) return {};
  may.error().code = "InvalidTemplateDeployment";
  may.error().message = "Authorization failed for deleting '" + id + "'. " + may.error().message;
  return may;
}

// `{"resourceType","locations","apiVersions"}`, as the list of providers has it.
std::optional<json::object> FindProviderType(const Workplace& at, std::string_view provider,
                                             std::string_view type) {
  const Provider* found = FindProvider(provider);
  if (!found) return std::nullopt;
  for (json::value& one : RenderProviderTypes(*at.registry.Read(), *found)) {
    if (EqualsIgnoringCase(one.at("resourceType").as_string(), type)) {
      return std::move(one.as_object());
    }
  }
  return std::nullopt;
}

}  // namespace

Result<json::object> VisibleState::Get(const std::string& id, const std::string& api_version) {
  return GetBy(at_, by_, id, api_version);
}

Result<std::vector<std::string>> VisibleState::List(const std::string& group_id) {
  const auto snapshot = at_.registry.Read();
  std::vector<std::string> ids;
  for (const auto& [key, id] : ResourceIdsIn(*snapshot, LowerAscii(group_id))) {
    const auto shown = RenderResource({*snapshot, at_.extensions}, id);
    if (shown && MayReadResource(*snapshot, by_, *shown, id)) ids.push_back(id.text());
  }
  return ids;
}

Result<void> RouteDeployer::CheckGoesOn() const {
  if (!is_to_stop_()) return {};
  return Refuse(ErrorKind::kConflict, reasons::kDeploymentFailed, "DeploymentCanceled",
                "The deployment was stopped before this resource had its turn.");
}

Result<json::object> RouteDeployer::Get(const std::string& id, const std::string& api_version) {
  return GetBy(at_, by_, id, api_version);
}

Result<std::vector<std::string>> RouteDeployer::List(const std::string& group_id) {
  std::vector<std::string> ids;
  for (const auto& [key, id] : ResourceIdsIn(*at_.registry.Read(), LowerAscii(group_id))) {
    ids.push_back(id.text());
  }
  return ids;
}

// The body goes by way of its text: what a route refuses to read, a deployment may not keep.
Result<void> RouteDeployer::Put(const PlannedResource& resource, const json::object& body) {
  TRY_VOID(CheckGoesOn());
  Call call = CallOn(by_, "PUT", resource.id, VersionOr(resource.api_version));
  call.text = json::serialize(body);
  TRY_VOID(Perform(at_, &call));
  return {};
}

Result<void> RouteDeployer::Delete(const std::string& id) {
  TRY_VOID(CheckGoesOn());
  Call call = CallOn(by_, "DELETE", id, kAnyVersion);
  TRY_VOID(Perform(at_, &call));
  return {};
}

Result<void> RouteDeployer::PutDeployment(
    const PlannedResource& resource, const json::object& record,
    const std::vector<templates::ResourceOperation>& operations) {
  TRY_VOID(RequireAction(*at_.registry.Read(), by_, kWriteDeployment, ScopeOf(resource.id)));
  TRY(const ResourceId id, ResourceId::Parse(resource.id));
  const Time now = at_.clock.Now();
  DeploymentRecord kept{.id = id, .correlation_id = Guid::Random().ToString()};
  kept.started = kept.changed = now;
  const json::value* properties = record.if_contains("properties");
  if (properties && properties->is_object()) {
    kept.properties = WithoutSecrets(plan_, properties->get_object());
  }
  kept.state = std::string(templates::TextMember(kept.properties, "provisioningState"));
  kept.properties.erase("provisioningState");
  for (std::size_t step = 0; step < operations.size(); ++step) {
    kept.operations.push_back(WithoutSecrets(
        plan_, RenderOperation(MakeOperation(kept, operations[step], {step, now, now}))));
  }
  return at_.registry.Edit([&](Draft& draft) -> Result<void> {
    TRY_VOID(CheckIsIdle(*draft.snapshot(), id));
    draft.RemoveDocuments(id);
    return draft.PutDocument(ToDocument(kept));
  });
}

json::object WithoutSecrets(const DeploymentPlan& plan, json::object shown) {
  json::value hidden(std::move(shown));
  plan.HideSecrets(&hidden);
  return std::move(hidden.get_object());
}

Result<void> CheckPlan(const Workplace& at, const Call& by, const DeploymentPlan& plan) {
  for (const PlannedResource& resource : plan.resources()) {
    TRY_VOID(CheckResource(at, by, resource));
  }
  if (plan.mode() == templates::DeploymentMode::kIncremental) return {};
  std::vector<std::string> existing;
  for (const auto& [key, id] :
       ResourceIdsIn(*at.registry.Read(), LowerAscii(plan.place().ScopeId()))) {
    existing.push_back(id.text());
  }
  for (const std::string& id : plan.Surplus(existing)) TRY_VOID(CheckDeletion(at, by, id));
  return {};
}

Result<templates::Surroundings> SurroundingsOf(const Workplace& at, const Call& by) {
  const auto snapshot = at.registry.Read();
  TRY(const ResourceId subscription, ExistingSubscription(*snapshot, by));
  TRY(const ResourceId group, ExistingGroup(*snapshot, by));
  const Subscription& of = snapshot->subscriptions.find(subscription.key())->second;
  const ResourceGroup& in = snapshot->resource_groups.find(group.key())->second;
  templates::Surroundings place;
  place.subscription_id = std::string(subscription.subscription());
  place.subscription_name = of.display_name;
  place.tenant_id = of.tenant_id.ToString();
  place.resource_group = std::string(group.resource_group());
  place.location = in.location;
  const json::object shown = RenderGroup({*snapshot, at.extensions}, in);
  if (const json::object* tags = templates::FindObject(shown, "tags")) place.tags = *tags;
  place.management_url = by.base_url + "/";
  place.authority_url = by.base_url + "/adfs";
  place.now = at.clock.Now();
  place.find_provider = [&at](std::string_view provider, std::string_view type) {
    return FindProviderType(at, provider, type);
  };
  return place;
}

}  // namespace openimds::arm
