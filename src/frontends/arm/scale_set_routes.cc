// SPDX-License-Identifier: Apache-2.0
// Scale sets and their instances. An instance is a machine of the registry; its identities are
// those of the scale set.
#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/json_object.h"
#include "frontends/arm/machine_body.h"
#include "frontends/arm/resource.h"
#include "frontends/arm/route.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

constexpr std::int64_t kMostInstances = 1000;

Result<std::shared_ptr<const ScaleSet>> FindScaleSet(const Snapshot& snapshot, const Call& call) {
  TRY(const ResourceId id, TargetOf(snapshot, OnResource(call)));
  const auto found = snapshot.scale_sets.find(id.key());
  if (found == snapshot.scale_sets.end()) return ResourceNotFound(id);
  return found->second;
}

std::vector<std::shared_ptr<const MachineEntry>> InstancesOf(const Snapshot& snapshot,
                                                             const ResourceId& scale_set) {
  std::map<std::uint64_t, std::shared_ptr<const MachineEntry>> sorted;
  for (const auto& [key, entry] : snapshot.machines) {
    if (!key.starts_with(scale_set.key() + "/")) continue;
    sorted.emplace(ParseDecimal(entry->machine->id.name()).value_or(0), entry);
  }
  std::vector<std::shared_ptr<const MachineEntry>> instances;
  for (auto& [number, entry] : sorted) instances.push_back(std::move(entry));
  return instances;
}

WantedIdentities IdentitiesOf(const ScaleSet* scale_set) {
  if (!scale_set) return {};
  return {scale_set->system_assigned.has_value(), scale_set->user_assigned};
}

// ---- writing ---------------------------------------------------------------------------------

// How many are wanted, or nothing if the body does not say.
Result<std::optional<std::size_t>> CapacityIn(const json::object& body) {
  TRY(const auto sku, ObjectMember(body, "sku"));
  const json::value* capacity = sku ? sku->if_contains("capacity") : nullptr;
  if (!capacity || capacity->is_null()) return std::optional<std::size_t>();
  const bool good =
      capacity->is_int64() && capacity->get_int64() >= 0 && capacity->get_int64() <= kMostInstances;
  if (good) return std::optional(static_cast<std::size_t>(capacity->get_int64()));
  return BadContent("Expected 'sku.capacity' to be a whole number from 0 to 1000.",
                    "InvalidParameter");
}

const json::object* Child(const json::object* of, std::string_view name) {
  const json::value* value = of ? of->if_contains(name) : nullptr;
  return value ? value->if_object() : nullptr;
}

// A client that changes a scale set reads it, and sends all of it back without what it was not
// shown: the image and the system are then those that there were.
void KeepUnsaid(const json::object& before, json::object* document) {
  const json::object* old = Child(Child(&before, "properties"), "virtualMachineProfile");
  const json::object* now = Child(Child(document, "properties"), "virtualMachineProfile");
  if (!old || !now) return;
  json::object& profile =
      (*document)["properties"].get_object()["virtualMachineProfile"].get_object();
  for (const std::string_view name : {"osProfile", "storageProfile"}) {
    const json::object* kept = Child(old, name);
    if (!kept) continue;
    if (!profile[name].is_object()) profile[name].emplace_object();
    for (const auto& [inner, value] : *kept) {
      if (!profile[name].get_object().contains(inner)) profile[name].get_object()[inner] = value;
    }
  }
}

// Secrets of the machines, and of their extensions: neither kept nor shown.
void DropSecrets(json::object* document) {
  json::value* properties = document->if_contains("properties");
  json::value* profile = properties && properties->is_object()
                             ? properties->get_object().if_contains("virtualMachineProfile")
                             : nullptr;
  if (!profile || !profile->is_object()) return;
  if (json::value* os = profile->get_object().if_contains("osProfile"); os && os->is_object()) {
    for (const std::string_view name : {"adminPassword", "customData", "secrets"}) {
      os->get_object().erase(name);
    }
  }
  json::value* extensions = profile->get_object().if_contains("extensionProfile");
  json::value* list = extensions && extensions->is_object()
                          ? extensions->get_object().if_contains("extensions")
                          : nullptr;
  if (!list || !list->is_array()) return;
  for (json::value& one : list->get_array()) {
    json::value* of = one.is_object() ? one.get_object().if_contains("properties") : nullptr;
    if (of && of->is_object()) of->get_object().erase("protectedSettings");
  }
}

// What the instances show of themselves: what a machine would that was told the same.
Result<MachineBody> InstanceBody(const json::object& document) {
  json::object body;
  if (const json::object* profile =
          Child(Child(&document, "properties"), "virtualMachineProfile")) {
    body["properties"] = *profile;
  } else {
    body["properties"].emplace_object();
  }
  if (const json::object* sku = Child(&document, "sku")) {
    body["properties"].get_object()["hardwareProfile"] =
        json::object{{"vmSize", TextOf(*sku, "name")}};
  }
  if (const json::value* tags = document.if_contains("tags")) body["tags"] = *tags;
  return ReadMachineBody(body, true);
}

Result<void> WriteInstances(Draft& draft, const ResourceId& id, const json::object& document) {
  TRY(const MachineBody body, InstanceBody(document));
  for (const auto& instance : InstancesOf(*draft.snapshot(), id)) {
    TRY_VOID(draft.EditProfile(instance->machine->id, [&](MachineProfile& profile) -> Result<void> {
      TRY_VOID(ApplyToProfile(body, &profile));
      TRY_VOID(profile.Set("compute.virtualMachineScaleSet.id", id.text()));
      return profile.Set("compute.vmScaleSetName", id.name());
    }));
  }
  return {};
}

// Tools look at the mode without asking whether there is a policy.
void FillUpgradePolicy(json::object* document) {
  json::value& properties = (*document)["properties"];
  if (!properties.is_object()) properties.emplace_object();
  json::value& policy = properties.get_object()["upgradePolicy"];
  if (!policy.is_object()) policy = json::object{{"mode", "Manual"}};
}

Result<Answer> WriteScaleSet(const Workplace& at, const Call& call, bool replaces) {
  int status = 200;
  std::optional<ResourceId> id;
  TRY(const MachineBody body, ReadMachineBody(call.body, replaces));
  TRY(const auto capacity, CapacityIn(call.body));
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    const auto snapshot = draft.snapshot();
    TRY(id, TargetOf(*snapshot, call));
    const auto found = snapshot->scale_sets.find(id->key());
    const auto now = found == snapshot->scale_sets.end() ? nullptr : found->second;
    if (!now && !replaces) return ResourceNotFound(*id);
    TRY_VOID(CheckPreconditions(call, RenderResource({*snapshot, at.extensions}, *id)));
    TRY(const std::string location,
        LocationIn(call.body, now ? std::optional(now->location) : std::nullopt));
    TRY(const WantedIdentities wanted, WantedBy(body, IdentitiesOf(now.get())));
    TRY_VOID(CheckMayAssign(*snapshot, call, *id, IdentitiesOf(now.get()), wanted));
    const auto kept = snapshot->FindDocument(id->key());
    json::object document =
        MergedDocument(body, kept ? kept->body : json::object{}, at.clock.Now());
    if (body.tags) document["tags"] = *body.tags;
    if (kept) KeepUnsaid(kept->body, &document);
    DropSecrets(&document);
    FillUpgradePolicy(&document);
    // Judged; from here on it is written.
    status = now ? 200 : 201;
    if (now) id = now->id;
    if (!now) TRY_VOID(draft.AddScaleSet(*id, location));
    TRY_VOID(draft.SetScaleSetIdentities(*id, wanted.system_assigned, wanted.user_assigned));
    if (capacity) TRY_VOID(draft.SetCapacity(*id, *capacity));
    TRY_VOID(WriteInstances(draft, *id, document));
    return draft.PutDocument({*id, std::move(document)});
  }));
  return Show(status, *RenderResource({*at.registry.Read(), at.extensions}, *id));
}

Result<Answer> PutScaleSet(const Workplace& at, const Call& call) {
  return WriteScaleSet(at, call, true);
}
Result<Answer> PatchScaleSet(const Workplace& at, const Call& call) {
  return WriteScaleSet(at, call, false);
}

Result<Answer> DeleteScaleSet(const Workplace& at, const Call& call) {
  return DeleteResource(at, call, TargetOf, [](Draft& draft, const ResourceId& id) {
    return draft.RemoveScaleSet(id);
  });
}

// ---- reading ---------------------------------------------------------------------------------

Result<Answer> ListScaleSets(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  const bool in_group = call.captures.contains("group");
  TRY(const ResourceId scope,
      in_group ? ExistingGroup(*snapshot, call) : ExistingSubscription(*snapshot, call));
  const std::string prefix = scope.key() + "/";
  json::array all;
  for (auto one = snapshot->scale_sets.lower_bound(prefix);
       one != snapshot->scale_sets.end() && one->first.starts_with(prefix); ++one) {
    all.push_back(RenderScaleSet({*snapshot, at.extensions}, *one->second));
  }
  return ShowList(call, std::move(all));
}

Result<Answer> ShowScaleSet(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const auto scale_set, FindScaleSet(*snapshot, call));
  return Show(200, RenderScaleSet({*snapshot, at.extensions}, *scale_set));
}

Result<Answer> ListInstances(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const auto scale_set, FindScaleSet(*snapshot, call));
  json::array all;
  for (const auto& entry : InstancesOf(*snapshot, scale_set->id)) {
    json::object shown = RenderInstance({*snapshot, at.extensions}, *entry);
    if (EqualsIgnoringCase(call.Query("$expand"), "instanceView")) {
      shown["properties"].as_object()["instanceView"] =
          RenderInstanceView({*snapshot, at.extensions}, *entry);
    }
    all.push_back(std::move(shown));
  }
  return ShowList(call, std::move(all));
}

Result<std::shared_ptr<const MachineEntry>> FindInstance(const Snapshot& snapshot,
                                                         const Call& call) {
  TRY(const auto scale_set, FindScaleSet(snapshot, call));
  TRY(const ResourceId id,
      ResourceId::Parse(scale_set->id.text() + "/virtualMachines/" + call.At("instance")));
  const auto found = snapshot.machines.find(id.key());
  if (found == snapshot.machines.end()) return ResourceNotFound(id);
  return found->second;
}

Result<Answer> ShowInstance(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const auto entry, FindInstance(*snapshot, call));
  return Show(200, RenderInstance({*snapshot, at.extensions}, *entry));
}

Result<Answer> ShowInstanceViewOfInstance(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const auto entry, FindInstance(*snapshot, call));
  return Answer{200, RenderInstanceView({*snapshot, at.extensions}, *entry)};
}

// One instance less: the capacity says so as well.
Result<Answer> DeleteInstance(const Workplace& at, const Call& call) {
  int status = 204;
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    const auto snapshot = draft.snapshot();
    TRY_VOID(FindScaleSet(*snapshot, call));
    const auto entry = FindInstance(*snapshot, call);
    if (!entry) return {};
    status = 200;
    return draft.RemoveMachine((*entry)->machine->id);
  }));
  return Answer{status};
}

}  // namespace

void AddScaleSetRoutes(std::vector<Route>* routes) {
#define OPENIMDS_SCALE_SET                                                            \
  "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/" \
  "virtualMachineScaleSets/{name}"
#define OPENIMDS_INSTANCE OPENIMDS_SCALE_SET "/virtualMachines/{instance}"
#define OPENIMDS_ACTION "Microsoft.Compute/virtualMachineScaleSets/"
  const std::vector<Route> all{
      {"GET", "/subscriptions/{subscription}|/providers/Microsoft.Compute/virtualMachineScaleSets",
       Rule::kAction, OPENIMDS_ACTION "read", ListScaleSets},
      {"GET",
       "/subscriptions/{subscription}/resourceGroups/{group}|/providers/Microsoft.Compute/"
       "virtualMachineScaleSets",
       Rule::kAction, OPENIMDS_ACTION "read", ListScaleSets},
      {"GET", OPENIMDS_SCALE_SET, Rule::kAction, OPENIMDS_ACTION "read", ShowScaleSet},
      {"PUT", OPENIMDS_SCALE_SET, Rule::kAction, OPENIMDS_ACTION "write", PutScaleSet},
      {"PATCH", OPENIMDS_SCALE_SET, Rule::kAction, OPENIMDS_ACTION "write", PatchScaleSet},
      {"DELETE", OPENIMDS_SCALE_SET, Rule::kAction, OPENIMDS_ACTION "delete", DeleteScaleSet},
      {"GET", OPENIMDS_SCALE_SET "|/virtualMachines", Rule::kAction,
       OPENIMDS_ACTION "virtualMachines/read", ListInstances},
      {"GET", OPENIMDS_INSTANCE, Rule::kAction, OPENIMDS_ACTION "virtualMachines/read",
       ShowInstance},
      {"GET", OPENIMDS_INSTANCE "|/instanceView", Rule::kAction,
       OPENIMDS_ACTION "virtualMachines/instanceView/read", ShowInstanceViewOfInstance},
      {"DELETE", OPENIMDS_INSTANCE, Rule::kAction, OPENIMDS_ACTION "virtualMachines/delete",
       DeleteInstance}};
#undef OPENIMDS_ACTION
#undef OPENIMDS_INSTANCE
#undef OPENIMDS_SCALE_SET
  routes->insert(routes->end(), all.begin(), all.end());
}

}  // namespace openimds::arm
