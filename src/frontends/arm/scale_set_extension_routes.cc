// SPDX-License-Identifier: Apache-2.0
// Extensions of a scale set, each by its own path. They are part of its model: what is shown and
// changed here is the same as in the scale set's `extensionProfile`.
#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/json_object.h"
#include "frontends/arm/extension_body.h"
#include "frontends/arm/resource.h"
#include "frontends/arm/route.h"
#include "frontends/arm/scale_set_model.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;
using Extensions = std::vector<ModelExtension>;

Extensions::iterator Named(Extensions& extensions, std::string_view name) {
  return std::find_if(extensions.begin(), extensions.end(), [name](const ModelExtension& one) {
    return EqualsIgnoringCase(one.name, name);
  });
}

// Of the instances that have it, one answers; if none does, that is a failure.
bool Works(const Scene& scene, const ResourceId& scale_set, const ModelExtension& extension) {
  if (!FactsOf(extension.properties).is_managed_identity) return true;
  bool somebody_has_it = false;
  for (const auto& instance : InstancesOf(scene.snapshot, scale_set)) {
    const auto id =
        ResourceId::Parse(instance->machine->id.text() + "/extensions/" + extension.name);
    if (!id || !scene.snapshot.FindDocument(id->key())) continue;
    if (scene.extensions.ServedSince(*id)) return true;
    somebody_has_it = true;
  }
  return !somebody_has_it;
}

json::object Rendered(const Scene& scene, const ResourceId& scale_set,
                      const ModelExtension& extension) {
  json::object shown{{"id", scale_set.text() + "/extensions/" + extension.name},
                     {"name", extension.name},
                     {"type", std::string(kScaleSetType) + "/extensions"}};
  shown["properties"] = extension.properties;
  shown["properties"].get_object()["provisioningState"] =
      Works(scene, scale_set, extension) ? "Succeeded" : "Failed";
  return shown;
}

Extensions ExtensionsIn(const Snapshot& snapshot, const ResourceId& scale_set) {
  const auto document = snapshot.FindDocument(scale_set.key());
  return document ? ModelExtensions(document->body) : Extensions{};
}

Result<json::object> ShownOf(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const auto scale_set, FindScaleSet(*snapshot, call));
  Extensions all = ExtensionsIn(*snapshot, scale_set->id);
  const auto found = Named(all, call.At("extension"));
  if (found != all.end()) return Rendered({*snapshot, at.extensions}, scale_set->id, *found);
  TRY(const ResourceId id,
      ResourceId::Parse(scale_set->id.text() + "/extensions/" + call.At("extension")));
  return ResourceNotFound(id);
}

Result<Answer> ListExtensions(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const auto scale_set, FindScaleSet(*snapshot, call));
  json::array all;
  for (const ModelExtension& one : ExtensionsIn(*snapshot, scale_set->id)) {
    all.push_back(Rendered({*snapshot, at.extensions}, scale_set->id, one));
  }
  return ShowList(call, std::move(all));
}

Result<Answer> ShowExtension(const Workplace& at, const Call& call) {
  TRY(json::object shown, ShownOf(at, call));
  return Show(200, std::move(shown));
}

// ---- changes ---------------------------------------------------------------------------------

using EditExtensions = std::function<Result<void>(Extensions* all, Extensions::iterator found)>;

// One change of the model's list, under the call's preconditions, and what follows for instances.
Result<void> EditModel(const Workplace& at, const Call& call, const EditExtensions& edit) {
  std::optional<ResourceId> id;
  return EditInstances(at, id, [&](Draft& draft, const Snapshot& before) -> Result<void> {
    TRY(const auto scale_set, FindScaleSet(before, call));
    id = scale_set->id;
    Extensions all = ExtensionsIn(before, *id);
    const auto found = Named(all, call.At("extension"));
    std::optional<json::object> current;
    if (found != all.end()) current = Rendered({before, at.extensions}, *id, *found);
    TRY_VOID(CheckPreconditions(call, current));
    TRY_VOID(edit(&all, found));
    const auto kept = before.FindDocument(id->key());
    json::object document = kept ? kept->body : json::object{};
    SetModelExtensions(all, &document);
    TRY_VOID(draft.PutDocument({*id, document}));
    TRY_VOID(draft.CheckIdentityLimit(*id));
    if (!AppliesAtOnce(document)) return {};
    for (const auto& instance : InstancesOf(before, *id)) {
      TRY_VOID(ApplyModel(draft, instance->machine->id, document));
    }
    return {};
  });
}

Result<Answer> PutExtension(const Workplace& at, const Call& call) {
  int status = 200;
  TRY(const auto said, ObjectMember(call.body, "properties"));
  TRY(const json::object properties, ReadExtensionProperties(said));
  // Its name is part of an id.
  TRY_VOID(ResourceId::Parse(call.target));
  TRY_VOID(EditModel(at, call, [&](Extensions* all, Extensions::iterator found) -> Result<void> {
    status = found == all->end() ? 201 : 200;
    if (found == all->end()) found = all->insert(found, {call.At("extension"), {}});
    found->properties = properties;
    return {};
  }));
  TRY(json::object shown, ShownOf(at, call));
  return Show(status, std::move(shown));
}

// What is said, on top of what was.
Result<Answer> PatchExtension(const Workplace& at, const Call& call) {
  TRY(const auto said, ObjectMember(call.body, "properties"));
  TRY_VOID(EditModel(at, call, [&](Extensions* all, Extensions::iterator found) -> Result<void> {
    if (found == all->end()) {
      TRY(const ResourceId id, ResourceId::Parse(call.target));
      return ResourceNotFound(id);
    }
    json::object merged = found->properties;
    for (const auto& [name, value] : said.value_or(json::object{})) merged[name] = value;
    TRY(found->properties, ReadExtensionProperties(merged));
    return {};
  }));
  TRY(json::object shown, ShownOf(at, call));
  return Show(200, std::move(shown));
}

Result<Answer> DeleteExtension(const Workplace& at, const Call& call) {
  int status = 200;
  TRY_VOID(EditModel(at, call, [&](Extensions* all, Extensions::iterator found) -> Result<void> {
    status = found == all->end() ? 204 : 200;
    if (found != all->end()) all->erase(found);
    return {};
  }));
  return Answer{status};
}

}  // namespace

void AddScaleSetExtensionRoutes(std::vector<Route>* routes) {
#define OPENIMDS_SCALE_SET                                                            \
  "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/" \
  "virtualMachineScaleSets/{name}"
#define OPENIMDS_ACTION "Microsoft.Compute/virtualMachineScaleSets/extensions/"
  constexpr std::string_view kOne = OPENIMDS_SCALE_SET "/extensions/{extension}";
  const std::vector<Route> all{
      {"GET", OPENIMDS_SCALE_SET "|/extensions", Rule::kAction, OPENIMDS_ACTION "read",
       ListExtensions},
      {"GET", kOne, Rule::kAction, OPENIMDS_ACTION "read", ShowExtension},
      {"PUT", kOne, Rule::kAction, OPENIMDS_ACTION "write", PutExtension},
      {"PATCH", kOne, Rule::kAction, OPENIMDS_ACTION "write", PatchExtension},
      {"DELETE", kOne, Rule::kAction, OPENIMDS_ACTION "delete", DeleteExtension}};
#undef OPENIMDS_ACTION
#undef OPENIMDS_SCALE_SET
  routes->insert(routes->end(), all.begin(), all.end());
}

}  // namespace openimds::arm
