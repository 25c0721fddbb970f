// SPDX-License-Identifier: Apache-2.0
// Tags on their own: those of a resource group or a resource, without the rest of it.
#include <map>
#include <utility>

#include <boost/json/array.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/json_object.h"
#include "frontends/arm/machine_body.h"
#include "frontends/arm/resource.h"
#include "frontends/arm/route.h"
#include "frontends/arm/scale_set_model.h"
#include "registry/roles.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

struct Tagged {
  ResourceId id;
  json::object shown;
  json::object tags;
};

// The resource or group whose tags are meant.
Result<Tagged> FindTagged(const Scene& scene, const Call& call) {
  TRY(const ResourceId id, ResourceId::Parse(call.scope));
  auto shown = id.resource_group().empty() ? std::nullopt : RenderResource(scene, id);
  if (!shown || id.IsInstance()) {
    return Refuse(ErrorKind::kNotFound, reasons::kNotFound, "ResourceNotFound",
                  "There is no resource group or resource '" + id.text() + "' that has tags.");
  }
  Tagged found{*ResourceId::Parse(TextOf(*shown, "id")), std::move(*shown), {}};
  const json::value* tags = found.shown.if_contains("tags");
  if (tags && tags->is_object()) found.tags = tags->get_object();
  return found;
}

json::object Rendered(const ResourceId& of, json::object tags) {
  json::object shown{{"id", of.text() + "/providers/Microsoft.Resources/tags/default"},
                     {"name", "default"},
                     {"type", "Microsoft.Resources/tags"}};
  shown["properties"] = json::object{{"tags", std::move(tags)}};
  return shown;
}

Result<Answer> ShowTags(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(Tagged found, FindTagged({*snapshot, at.extensions}, call));
  return Answer{200, Rendered(found.id, std::move(found.tags))};
}

// ---- changes ---------------------------------------------------------------------------------

// A machine shows its tags in its metadata; so does an instance those of its scale set.
Result<void> WriteTags(Draft& draft, const ResourceId& id, const json::object& tags) {
  const auto set = [&tags](MachineProfile& profile) { return SetTags(tags, &profile); };
  const auto snapshot = draft.snapshot();
  if (snapshot->machines.contains(id.key())) return draft.EditProfile(id, set);
  if (snapshot->scale_sets.contains(id.key())) {
    for (const auto& one : InstancesOf(*snapshot, id)) {
      TRY_VOID(draft.EditProfile(one->machine->id, set));
    }
  }
  const auto kept = snapshot->FindDocument(id.key());
  json::object body = kept ? kept->body : json::object{};
  body["tags"] = tags;
  return draft.PutDocument({id, std::move(body)});
}

json::value* FindTag(json::object& tags, std::string_view name) {
  for (auto& [known, value] : tags) {
    if (EqualsIgnoringCase(known, name)) return &value;
  }
  return nullptr;
}

// Names of tags are compared without case, and keep the spelling that they have.
json::object Merged(json::object tags, const json::object& said) {
  for (const auto& [name, value] : said) {
    if (json::value* old = FindTag(tags, name)) {
      *old = value;
    } else {
      tags[name] = value;
    }
  }
  return tags;
}

// Those that have both the name and the value that is said.
json::object Without(const json::object& tags, json::object said) {
  json::object rest;
  for (const auto& [name, value] : tags) {
    const json::value* gone = FindTag(said, name);
    if (!gone || *gone != value) rest[name] = value;
  }
  return rest;
}

Result<json::object> Changed(const Call& call, const json::object& now) {
  TRY(const auto properties, ObjectMember(call.body, "properties"));
  TRY(const auto given, TagsIn(properties.value_or(json::object{})));
  const json::object said = given.value_or(json::object{});
  if (call.method == "PUT") return said;
  TRY(const auto operation, TextMember(call.body, "operation"));
  const std::string wanted = operation.value_or("");
  if (EqualsIgnoringCase(wanted, "Replace")) return said;
  if (EqualsIgnoringCase(wanted, "Delete")) return Without(now, said);
  if (EqualsIgnoringCase(wanted, "Merge")) return Merged(now, said);
  return BadContent(
      "Expected 'operation' to be Merge, Replace or Delete, got '" + wanted.substr(0, 60) + "'.",
      "InvalidTagPatchOperation");
}

// Under the conditions of the resource that has them.
Result<Answer> WriteTagsOf(const Workplace& at, const Call& call) {
  json::object shown;
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    TRY(const Tagged found, FindTagged({*draft.snapshot(), at.extensions}, call));
    TRY_VOID(CheckPreconditions(call, found.shown));
    TRY(const json::object tags, Changed(call, found.tags));
    TRY_VOID(TagsIn(json::object{{"tags", tags}}));  // merged, they may be too many
    shown = Rendered(found.id, tags);
    return WriteTags(draft, found.id, tags);
  }));
  return Answer{200, std::move(shown)};
}

Result<Answer> DeleteTags(const Workplace& at, const Call& call) {
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    TRY(const Tagged found, FindTagged({*draft.snapshot(), at.extensions}, call));
    TRY_VOID(CheckPreconditions(call, found.shown));
    return WriteTags(draft, found.id, {});
  }));
  return Answer{200};
}

// ---- the names that are in use ---------------------------------------------------------------

using Counts = std::map<std::string, std::int64_t>;

json::object Total(std::int64_t count) { return {{"type", "Total"}, {"value", count}}; }

json::object RenderName(const ResourceId& subscription, const std::string& name,
                        const Counts& values) {
  const std::string id = subscription.text() + "/tagNames/" + name;
  json::array all;
  std::int64_t sum = 0;
  for (const auto& [value, count] : values) {
    all.push_back(json::object{
        {"id", id + "/tagValues/" + value}, {"tagValue", value}, {"count", Total(count)}});
    sum += count;
  }
  return {{"id", id}, {"tagName", name}, {"count", Total(sum)}, {"values", std::move(all)}};
}

Result<Answer> ListTagNames(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const ResourceId subscription, ExistingSubscription(*snapshot, call));
  std::map<std::string, Counts> names;
  for (const auto& [key, id] : ResourceIdsIn(*snapshot, subscription.key())) {
    const auto shown = RenderResource({*snapshot, at.extensions}, id);
    const json::value* tags = shown ? shown->if_contains("tags") : nullptr;
    if (!tags || !tags->is_object()) continue;
    for (const auto& [name, value] : tags->get_object()) {
      if (value.is_string()) ++names[name][std::string(value.get_string())];
    }
  }
  json::array all;
  for (const auto& [name, values] : names) all.push_back(RenderName(subscription, name, values));
  return ShowList(call, std::move(all));
}

}  // namespace

void AddTagRoutes(std::vector<Route>* routes) {
  constexpr std::string_view kTags = "{scope...}|/providers/Microsoft.Resources/tags/default";
  constexpr std::string_view kWrite = "Microsoft.Resources/tags/write";
  const std::vector<Route> all{
      {"GET", "/subscriptions/{subscription}|/tagNames", Rule::kAction,
       "Microsoft.Resources/subscriptions/tagNames/read", ListTagNames},
      {"GET", kTags, Rule::kAction, "Microsoft.Resources/tags/read", ShowTags},
      {"PUT", kTags, Rule::kAction, kWrite, WriteTagsOf},
      {"PATCH", kTags, Rule::kAction, kWrite, WriteTagsOf},
      {"DELETE", kTags, Rule::kAction, "Microsoft.Resources/tags/delete", DeleteTags}};
  routes->insert(routes->end(), all.begin(), all.end());
}

}  // namespace openimds::arm
