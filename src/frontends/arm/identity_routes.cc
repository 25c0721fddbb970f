// SPDX-License-Identifier: Apache-2.0
// User-assigned identities.
#include <utility>

#include <boost/json/array.hpp>

#include "base/reasons.h"
#include "frontends/arm/page.h"
#include "frontends/arm/resource.h"
#include "frontends/arm/route.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

Result<Answer> ListIdentities(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  const bool in_group = call.captures.contains("group");
  TRY(const ResourceId scope,
      in_group ? ExistingGroup(*snapshot, call) : ExistingSubscription(*snapshot, call));
  const std::string prefix = scope.key() + "/";
  Page page(call);
  for (auto one = snapshot->identities.lower_bound(page.From(prefix));
       one != snapshot->identities.end() && one->first.starts_with(prefix) &&
       page.Takes(one->first);
       ++one) {
    page.Add(RenderIdentity({*snapshot, at.extensions}, *one->second));
  }
  return page.Show();
}

Result<Answer> ShowIdentity(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const ResourceId id, TargetOf(*snapshot, call));
  auto shown = RenderResource({*snapshot, at.extensions}, id);
  if (!shown) return ResourceNotFound(id);
  return Show(200, *std::move(shown));
}

Result<void> WriteTags(Draft& draft, const ResourceId& id, const json::object& tags) {
  if (tags.empty() && !draft.snapshot()->FindDocument(id.key())) return {};
  return draft.PutDocument({id, json::object{{"tags", tags}}});
}

Result<Answer> PutIdentity(const Workplace& at, const Call& call) {
  int status = 200;
  std::optional<ResourceId> id;
  TRY(const auto tags, TagsIn(call.body));
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    const auto snapshot = draft.snapshot();
    TRY(id, TargetOf(*snapshot, call));
    TRY_VOID(CheckPreconditions(call, RenderResource({*snapshot, at.extensions}, *id)));
    const auto existing = snapshot->identities.find(id->key());
    const bool exists = existing != snapshot->identities.end();
    TRY(const std::string location,
        LocationIn(call.body, exists ? std::optional(existing->second->location) : std::nullopt));
    status = exists ? 200 : 201;
    if (exists) id = existing->second->id;
    if (!exists) {
      TRY_VOID(
          draft.AddIdentity({IdentityKind::kUserAssigned, *id, location, Guid(), Guid(), Guid()}));
    }
    return WriteTags(draft, *id, tags.value_or(json::object{}));
  }));
  return Show(status, *RenderResource({*at.registry.Read(), at.extensions}, *id));
}

Result<Answer> PatchIdentity(const Workplace& at, const Call& call) {
  std::optional<ResourceId> id;
  TRY(const auto tags, TagsIn(call.body));
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    const auto snapshot = draft.snapshot();
    TRY(id, TargetOf(*snapshot, call));
    const auto existing = RenderResource({*snapshot, at.extensions}, *id);
    if (!existing) return ResourceNotFound(*id);
    TRY_VOID(CheckPreconditions(call, existing));
    return tags ? WriteTags(draft, *id, *tags) : Result<void>();
  }));
  return Show(200, *RenderResource({*at.registry.Read(), at.extensions}, *id));
}

// As in Azure, being assigned does not hold an identity back: it is taken from every machine.
Result<Answer> DeleteIdentity(const Workplace& at, const Call& call) {
  return DeleteResource(at, call, TargetOf, [](Draft& draft, const ResourceId& id) -> Result<void> {
    TRY_VOID(draft.DetachEverywhere(id));
    return draft.RemoveIdentity(id);
  });
}

}  // namespace

void AddIdentityRoutes(std::vector<Route>* routes) {
  constexpr std::string_view kOne =
      "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ManagedIdentity/"
      "userAssignedIdentities/{name}";
  constexpr std::string_view kRead = "Microsoft.ManagedIdentity/userAssignedIdentities/read";
  constexpr std::string_view kWrite = "Microsoft.ManagedIdentity/userAssignedIdentities/write";
  const std::vector<Route> all{
      {"GET",
       "/subscriptions/{subscription}|/providers/Microsoft.ManagedIdentity/userAssignedIdentities",
       Rule::kAction, kRead, ListIdentities},
      {"GET",
       "/subscriptions/{subscription}/resourceGroups/{group}|/providers/Microsoft.ManagedIdentity/"
       "userAssignedIdentities",
       Rule::kAction, kRead, ListIdentities},
      {"GET", kOne, Rule::kAction, kRead, ShowIdentity},
      {"PUT", kOne, Rule::kAction, kWrite, PutIdentity},
      {"PATCH", kOne, Rule::kAction, kWrite, PatchIdentity},
      {"DELETE", kOne, Rule::kAction, "Microsoft.ManagedIdentity/userAssignedIdentities/delete",
       DeleteIdentity}};
  routes->insert(routes->end(), all.begin(), all.end());
}

}  // namespace openimds::arm
