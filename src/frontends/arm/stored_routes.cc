// SPDX-License-Identifier: Apache-2.0
// Lists of everything, and resources that mean nothing to us: kept as they were given.
#include <utility>

#include <boost/json/array.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/json_object.h"
#include "frontends/arm/catalogue.h"
#include "frontends/arm/network_interfaces.h"
#include "frontends/arm/page.h"
#include "frontends/arm/resource.h"
#include "frontends/arm/route.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

// ---- lists -----------------------------------------------------------------------------------

// What a list of everything shows of each.
json::object Brief(const json::object& whole) {
  json::object brief;
  for (const std::string_view name :
       {"id", "name", "type", "location", "tags", "identity", "sku", "zones", "kind"}) {
    if (const json::value* value = whole.if_contains(name)) brief[name] = *value;
  }
  return brief;
}

bool Passes(const json::object& resource, const ResourceId& id, std::string_view filter) {
  const std::string group = QuotedIn(filter, "resourceGroup");
  const std::string type = QuotedIn(filter, "resourceType");
  const std::string name = QuotedIn(filter, "name");
  const std::string tag = QuotedIn(filter, "tagName");
  const std::string tag_value = QuotedIn(filter, "tagValue");
  if (!group.empty() && !EqualsIgnoringCase(group, id.resource_group())) return false;
  if (!type.empty() && !EqualsIgnoringCase(type, TextOf(resource, "type"))) return false;
  if (!name.empty() && !EqualsIgnoringCase(name, id.name())) return false;
  if (tag.empty()) return true;
  const json::value* tags = resource.if_contains("tags");
  const json::value* value =
      tags && tags->is_object() ? tags->get_object().if_contains(tag) : nullptr;
  return value && (tag_value.empty() || TextOf(tags->get_object(), tag) == tag_value);
}

// Each resource that the caller may read, in order of id.
Result<Answer> ListResources(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  const bool in_group = call.captures.contains("group");
  TRY(const ResourceId scope,
      in_group ? ExistingGroup(*snapshot, call) : ExistingSubscription(*snapshot, call));
  Page page(call);
  const auto ids = ResourceIdsIn(*snapshot, scope.key());
  for (auto one = ids.lower_bound(page.From(scope.key() + "/")); one != ids.end(); ++one) {
    const auto resource = RenderResource({*snapshot, at.extensions}, one->second);
    if (!resource || !Passes(*resource, one->second, call.Query("$filter"))) continue;
    if (!MayReadResource(*snapshot, call, *resource, one->second)) continue;
    if (!page.Takes(one->first)) break;
    page.Add(Brief(*resource));
  }
  return page.Show();
}

// ---- kept as given ---------------------------------------------------------------------------

// The type that the path names, spelt right; the registry's own types have routes of their own.
Result<std::string> TypeIn(const Call& call) {
  std::string type = call.At("namespace") + "/" + call.At("type");
  if (call.captures.contains("child_type")) type += "/" + call.At("child_type");
  const std::string canonical = CanonicalType(type);
  if (!canonical.empty() && IsKeptAsGiven(canonical)) return canonical;
  const bool provider = FindProvider(call.At("namespace")) != nullptr;
  return Refuse(ErrorKind::kNotFound, reasons::kTypeUnknown,
                provider ? "InvalidResourceType" : "InvalidResourceNamespace",
                provider
                    ? "The resource type '" + type.substr(type.find('/') + 1) +
                          "' could not be found in the namespace '" + call.At("namespace") + "'."
                    : "The resource namespace '" + call.At("namespace") + "' is invalid.");
}

// The id with the type in its right spelling.
Result<ResourceId> StoredTarget(const Snapshot& snapshot, const Call& call) {
  TRY(const ResourceId group, ExistingGroup(snapshot, call));
  TRY(const std::string type, TypeIn(call));
  const auto parts = Split(type, '/');
  std::string id = group.text() + "/providers/" + std::string(parts[0]) + "/" +
                   std::string(parts[1]) + "/" + call.At("name");
  if (parts.size() > 2) id += "/" + std::string(parts[2]) + "/" + call.At("child");
  TRY(const ResourceId parsed, ResourceId::Parse(id));
  const auto existing = snapshot.FindDocument(parsed.key());
  return existing ? existing->id : parsed;
}

Result<Answer> ListStored(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  const bool in_group = call.captures.contains("group");
  TRY(const ResourceId scope,
      in_group ? ExistingGroup(*snapshot, call) : ExistingSubscription(*snapshot, call));
  TRY(const std::string type, TypeIn(call));
  const bool children = call.captures.contains("child_type");
  const std::string parent =
      children ? LowerAscii(call.target.substr(0, call.target.rfind('/')) + "/") : "";
  Page page(call);
  const std::string prefix = scope.key() + "/";
  for (auto one = snapshot->documents.lower_bound(page.From(prefix));
       one != snapshot->documents.end() && one->first.starts_with(prefix); ++one) {
    if (snapshot->resource_groups.contains(one->first)) continue;
    if (children && !one->first.starts_with(parent)) continue;
    auto shown = RenderStored(*one->second);
    if (!EqualsIgnoringCase(TextOf(shown, "type"), type)) continue;
    if (!page.Takes(one->first)) break;
    if (IsNetworkInterface(one->second->id)) AddAddresses({*snapshot, at.extensions}, &shown);
    page.Add(std::move(shown));
  }
  return page.Show();
}

Result<Answer> ShowStored(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const ResourceId id, StoredTarget(*snapshot, call));
  auto shown = RenderResource({*snapshot, at.extensions}, id);
  if (!shown) return ResourceNotFound(id);
  return Show(200, *std::move(shown));
}

json::object Kept(const json::object& body) {
  json::value kept(body);
  DropNulls(&kept);
  for (const std::string_view name : {"id", "name", "type", "etag", "systemData"}) {
    kept.get_object().erase(name);
  }
  return std::move(kept.get_object());
}

// A PATCH replaces tags whole and goes one level into the properties.
json::object Patched(json::object document, const json::object& said) {
  for (const auto& [name, value] : said) {
    json::value& old = document[name];
    if (name != "properties" || !old.is_object() || !value.is_object()) {
      old = value;
      continue;
    }
    for (const auto& [inner, member] : value.get_object()) old.get_object()[inner] = member;
  }
  return document;
}

// Which machine has an interface is said by the machine alone.
void KeepOwner(const json::object& before, json::object* document) {
  json::value& properties = (*document)["properties"];
  if (!properties.is_object()) properties.emplace_object();
  properties.get_object().erase("virtualMachine");
  const json::value* old = before.if_contains("properties");
  const json::value* owner =
      old && old->is_object() ? old->get_object().if_contains("virtualMachine") : nullptr;
  if (owner) properties.get_object()["virtualMachine"] = *owner;
}

Result<Answer> WriteStored(const Workplace& at, const Call& call, bool replaces) {
  std::optional<ResourceId> id;
  int status = 200;
  TRY_VOID(TagsIn(call.body));
  TRY_VOID(ObjectMember(call.body, "properties"));
  // A managed identity of theirs would be one that gets no tokens: better refused than pretended.
  if (call.body.contains("identity") && !call.body.at("identity").is_null()) {
    return BadContent("Resources of this type have no identity here.", "InvalidParameter");
  }
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    const auto snapshot = draft.snapshot();
    TRY(id, StoredTarget(*snapshot, call));
    const auto existing = snapshot->FindDocument(id->key());
    TRY_VOID(CheckPreconditions(call, RenderResource({*snapshot, at.extensions}, *id)));
    if (!existing && !replaces) return ResourceNotFound(*id);
    status = existing ? 200 : 201;
    json::object document = Kept(call.body);
    if (!replaces) document = Patched(existing->body, document);
    if (IsNetworkInterface(*id)) KeepOwner(existing ? existing->body : json::object{}, &document);
    return draft.PutDocument({*id, std::move(document)});
  }));
  return Show(status, *RenderResource({*at.registry.Read(), at.extensions}, *id));
}

Result<Answer> PutStored(const Workplace& at, const Call& call) {
  return WriteStored(at, call, true);
}
Result<Answer> PatchStored(const Workplace& at, const Call& call) {
  return WriteStored(at, call, false);
}

Result<Answer> DeleteStored(const Workplace& at, const Call& call) {
  return DeleteResource(at, call, StoredTarget,
                        [](Draft& draft, const ResourceId& id) -> Result<void> {
                          draft.RemoveDocuments(id);
                          return {};
                        });
}

}  // namespace

void AddStoredRoutes(std::vector<Route>* routes) {
#define OPENIMDS_GROUP "/subscriptions/{subscription}/resourceGroups/{group}"
#define OPENIMDS_ONE OPENIMDS_GROUP "/providers/{namespace}/{type}/{name}"
  constexpr std::string_view kChild = OPENIMDS_ONE "/{child_type}/{child}";
  const std::vector<Route> all{
      {"GET", "/subscriptions/{subscription}|/resources", Rule::kAnyPrincipal, "", ListResources},
      {"GET", OPENIMDS_GROUP "|/resources", Rule::kAnyPrincipal, "", ListResources},
      {"GET", "/subscriptions/{subscription}|/providers/{namespace}/{type}", Rule::kAction,
       "{namespace}/{type}/read", ListStored},
      {"GET", OPENIMDS_GROUP "|/providers/{namespace}/{type}", Rule::kAction,
       "{namespace}/{type}/read", ListStored},
      {"GET", OPENIMDS_ONE, Rule::kAction, "{namespace}/{type}/read", ShowStored},
      {"PUT", OPENIMDS_ONE, Rule::kAction, "{namespace}/{type}/write", PutStored},
      {"PATCH", OPENIMDS_ONE, Rule::kAction, "{namespace}/{type}/write", PatchStored},
      {"DELETE", OPENIMDS_ONE, Rule::kAction, "{namespace}/{type}/delete", DeleteStored},
      {"GET", OPENIMDS_ONE "|/{child_type}", Rule::kAction, "{namespace}/{type}/{child_type}/read",
       ListStored},
      {"GET", kChild, Rule::kAction, "{namespace}/{type}/{child_type}/read", ShowStored},
      {"PUT", kChild, Rule::kAction, "{namespace}/{type}/{child_type}/write", PutStored},
      {"DELETE", kChild, Rule::kAction, "{namespace}/{type}/{child_type}/delete", DeleteStored}};
#undef OPENIMDS_ONE
#undef OPENIMDS_GROUP
  routes->insert(routes->end(), all.begin(), all.end());
}

}  // namespace openimds::arm
