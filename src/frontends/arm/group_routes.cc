// SPDX-License-Identifier: Apache-2.0
// Subscriptions, tenants and resource groups.
#include <utility>

#include <boost/json/array.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "frontends/arm/resource.h"
#include "frontends/arm/route.h"
#include "registry/roles.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

constexpr std::string_view kReadGroup = "Microsoft.Resources/subscriptions/resourceGroups/read";
constexpr std::string_view kReadSubscription = "Microsoft.Resources/subscriptions/read";

json::object RenderSubscription(const Subscription& subscription) {
  return {{"id", subscription.id.text()},
          {"subscriptionId", std::string(subscription.id.subscription())},
          {"tenantId", subscription.tenant_id.ToString()},
          {"displayName", subscription.display_name},
          {"state", "Enabled"},
          {"authorizationSource", "RoleBased"},
          {"subscriptionPolicies", json::object{{"locationPlacementId", "Public_2014-09-01"},
                                                {"quotaId", "OpenIMDS"},
                                                {"spendingLimit", "Off"}}}};
}

// A principal sees a subscription in which it has any role at all: else none could find its way.
bool MaySee(const Snapshot& snapshot, const Call& call, const ResourceId& scope) {
  if (!call.caller) return true;
  for (const std::string_view action : {kReadSubscription, kReadGroup}) {
    if (MayActInside(snapshot, call.caller->principal_id, action, scope.text())) return true;
  }
  return false;
}

Result<Answer> ListSubscriptions(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  json::array all;
  for (const auto& [key, subscription] : snapshot->subscriptions) {
    if (MaySee(*snapshot, call, subscription.id)) all.push_back(RenderSubscription(subscription));
  }
  return ShowList(call, std::move(all));
}

Result<Answer> ShowSubscription(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const ResourceId id, ExistingSubscription(*snapshot, call));
  return Answer{200, RenderSubscription(snapshot->subscriptions.find(id.key())->second)};
}

// Only the caller's own.
Result<Answer> ListTenants(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  json::array all;
  for (const auto& [guid, tenant] : snapshot->tenants) {
    if (call.caller && guid != call.caller->tenant_id) continue;
    const std::string id = guid.ToString();
    all.push_back(json::object{{"id", "/tenants/" + id},
                               {"tenantId", id},
                               {"displayName", tenant.display_name},
                               {"tenantCategory", "Home"}});
  }
  return ShowList(call, std::move(all));
}

// Those of what is there: we have no list of places.
Result<Answer> ListLocations(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const ResourceId id, ExistingSubscription(*snapshot, call));
  std::map<std::string, json::value> named;
  for (const auto& [key, group] : snapshot->resource_groups) {
    if (!key.starts_with(id.key() + "/")) continue;
    named[group.location] = json::object{{"id", id.text() + "/locations/" + group.location},
                                         {"name", group.location},
                                         {"displayName", group.location},
                                         {"regionalDisplayName", group.location}};
  }
  json::array all;
  for (auto& [name, location] : named) all.push_back(std::move(location));
  return ShowList(call, std::move(all));
}

// ---- groups ----------------------------------------------------------------------------------

Result<Answer> ListGroups(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const ResourceId subscription, ExistingSubscription(*snapshot, call));
  json::array all;
  for (const auto& [key, group] : snapshot->resource_groups) {
    if (!key.starts_with(subscription.key() + "/")) continue;
    if (!Permits(*snapshot, call, kReadGroup, group.id.text())) continue;
    all.push_back(RenderGroup({*snapshot, at.extensions}, group));
  }
  return ShowList(call, std::move(all));
}

Result<Answer> ShowGroup(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const ResourceId id, ExistingGroup(*snapshot, call));
  // HEAD asks whether there is one, and wants no more.
  if (call.method == "HEAD") return Answer{204};
  return Show(200, *RenderResource({*snapshot, at.extensions}, id));
}

// What PUT and PATCH have in common: tags in place of the ones before.
Result<void> WriteTags(Draft& draft, const ResourceId& id, const json::object& tags) {
  if (tags.empty() && !draft.snapshot()->FindDocument(id.key())) return {};
  return draft.PutDocument({id, json::object{{"tags", tags}}});
}

Result<Answer> PutGroup(const Workplace& at, const Call& call) {
  int status = 200;
  std::optional<ResourceId> id;
  TRY(const auto tags, TagsIn(call.body));
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    const auto snapshot = draft.snapshot();
    const Scene scene{*snapshot, at.extensions};
    TRY(const ResourceId subscription, ExistingSubscription(*snapshot, call));
    TRY(id, ResourceId::ForResourceGroup(subscription.subscription(), call.At("group")));
    const auto existing = snapshot->resource_groups.find(id->key());
    const bool exists = existing != snapshot->resource_groups.end();
    TRY_VOID(CheckPreconditions(call, RenderResource(scene, *id)));
    TRY(const std::string location,
        LocationIn(call.body, exists ? std::optional(existing->second.location) : std::nullopt));
    status = exists ? 200 : 201;
    if (exists) id = existing->second.id;
    if (!exists) TRY_VOID(draft.AddResourceGroup(*id, location));
    return WriteTags(draft, *id, tags.value_or(json::object{}));
  }));
  return Show(status, *RenderResource({*at.registry.Read(), at.extensions}, *id));
}

Result<Answer> PatchGroup(const Workplace& at, const Call& call) {
  std::optional<ResourceId> id;
  TRY(const auto tags, TagsIn(call.body));
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    TRY(id, ExistingGroup(*draft.snapshot(), call));
    TRY_VOID(CheckPreconditions(call, RenderResource({*draft.snapshot(), at.extensions}, *id)));
    return tags ? WriteTags(draft, *id, *tags) : Result<void>();
  }));
  return Show(200, *RenderResource({*at.registry.Read(), at.extensions}, *id));
}

Result<Answer> DeleteGroup(const Workplace& at, const Call& call) {
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    TRY(const ResourceId id, ExistingGroup(*draft.snapshot(), call));
    return draft.RemoveResourceGroup(id);
  }));
  return Answer{200};
}

}  // namespace

void AddGroupRoutes(std::vector<Route>* routes) {
  constexpr std::string_view kGroups = "/subscriptions/{subscription}|/resourceGroups";
  constexpr std::string_view kGroup = "/subscriptions/{subscription}/resourceGroups/{group}";
  const std::vector<Route> all{
      {"GET", "/subscriptions", Rule::kAnyPrincipal, "", ListSubscriptions},
      {"GET", "/tenants", Rule::kAnyPrincipal, "", ListTenants},
      {"GET", "/subscriptions/{subscription}", Rule::kAction, kReadSubscription, ShowSubscription},
      {"GET", "/subscriptions/{subscription}|/locations", Rule::kAction,
       "Microsoft.Resources/subscriptions/locations/read", ListLocations},
      {"GET", kGroups, Rule::kAnyPrincipal, "", ListGroups},
      {"GET", kGroup, Rule::kAction, kReadGroup, ShowGroup},
      {"HEAD", kGroup, Rule::kAction, kReadGroup, ShowGroup},
      {"PUT", kGroup, Rule::kAction, "Microsoft.Resources/subscriptions/resourceGroups/write",
       PutGroup},
      {"PATCH", kGroup, Rule::kAction, "Microsoft.Resources/subscriptions/resourceGroups/write",
       PatchGroup},
      {"DELETE", kGroup, Rule::kAction, "Microsoft.Resources/subscriptions/resourceGroups/delete",
       DeleteGroup}};
  routes->insert(routes->end(), all.begin(), all.end());
}

}  // namespace openimds::arm
