// SPDX-License-Identifier: Apache-2.0
// Scale sets and their instances. An instance is a machine of the registry; its identities are
// those of the scale set, its extensions what it has of the model.
#include <set>
#include <utility>

#include <boost/json/array.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/json_object.h"
#include "frontends/arm/machine_body.h"
#include "frontends/arm/page.h"
#include "frontends/arm/resource.h"
#include "frontends/arm/route.h"
#include "frontends/arm/scale_set_model.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

constexpr std::int64_t kMostInstances = 1000;

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

// Adds the members of `old` that `now` lacks.
void Complete(const json::object* old, json::object* now) {
  if (!old) return;
  for (const auto& [name, value] : *old) {
    if (!now->contains(name)) (*now)[name] = value;
  }
}

json::object& MadeChild(json::object& of, std::string_view name) {
  json::value& value = of[name];
  if (!value.is_object()) value.emplace_object();
  return value.get_object();
}

// What a PUT does not say of the model stays as it is. Clients count on it: one that scales sends
// the size alone; one that sets an extension reads the whole, and sends it back without the image
// and the system, which it was not shown.
void KeepUnsaid(const json::object& before, json::object* document) {
  const json::object* old = Child(&before, "properties");
  json::object& now = MadeChild(*document, "properties");
  Complete(old, &now);
  const json::object* old_profile = Child(old, "virtualMachineProfile");
  json::object& profile = MadeChild(now, "virtualMachineProfile");
  Complete(old_profile, &profile);
  for (const std::string_view name : {"osProfile", "storageProfile"}) {
    if (const json::object* kept = Child(old_profile, name)) {
      Complete(kept, &MadeChild(profile, name));
    }
  }
}

// Secrets of the machines: neither kept nor shown.
void DropSecrets(json::object* document) {
  json::value* properties = document->if_contains("properties");
  json::value* profile = properties && properties->is_object()
                             ? properties->get_object().if_contains("virtualMachineProfile")
                             : nullptr;
  if (!profile || !profile->is_object()) return;
  json::value* os = profile->get_object().if_contains("osProfile");
  if (!os || !os->is_object()) return;
  for (const std::string_view name : {"adminPassword", "customData", "secrets"}) {
    os->get_object().erase(name);
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

// New instances begin with the model; what those that were there have of it, the policy says.
Result<void> ApplyToInstances(Draft& draft, const ResourceId& id, const json::object& document,
                              const std::set<std::string>& before) {
  const bool all = AppliesAtOnce(document);
  for (const auto& instance : InstancesOf(*draft.snapshot(), id)) {
    const ResourceId& machine = instance->machine->id;
    if (all || !before.contains(machine.key())) TRY_VOID(ApplyModel(draft, machine, document));
  }
  return {};
}

Result<json::object> WantedDocument(const MachineBody& body, const ResourceDocument* kept,
                                    Time now) {
  json::object document = MergedDocument(body, kept ? kept->body : json::object{}, now);
  if (body.tags) document["tags"] = *body.tags;
  if (kept) KeepUnsaid(kept->body, &document);
  DropSecrets(&document);
  TRY_VOID(ReadModelExtensions(&document));
  FillUpgradePolicy(&document);
  return document;
}

Result<Answer> WriteScaleSet(const Workplace& at, const Call& call, bool replaces) {
  int status = 200;
  std::optional<ResourceId> id;
  TRY(const MachineBody body, ReadMachineBody(call.body, replaces));
  TRY(const auto capacity, CapacityIn(call.body));
  TRY_VOID(EditInstances(at, id, [&](Draft& draft, const Snapshot& before) -> Result<void> {
    TRY(id, TargetOf(before, call));
    const auto found = before.scale_sets.find(id->key());
    const auto now = found == before.scale_sets.end() ? nullptr : found->second;
    if (!now && !replaces) return ResourceNotFound(*id);
    TRY_VOID(CheckPreconditions(call, RenderResource({before, at.extensions}, *id)));
    TRY(const std::string location,
        LocationIn(call.body, now ? std::optional(now->location) : std::nullopt));
    TRY(const WantedIdentities wanted, WantedBy(body, IdentitiesOf(now.get())));
    TRY_VOID(CheckMayAssign(before, call, *id, IdentitiesOf(now.get()), wanted));
    const auto kept = before.FindDocument(id->key());
    TRY(json::object document, WantedDocument(body, kept.get(), at.clock.Now()));
    // Judged; from here on it is written.
    status = now ? 200 : 201;
    if (now) id = now->id;
    std::set<std::string> instances;
    for (const auto& one : InstancesOf(before, *id)) instances.insert(one->machine->id.key());
    if (!now) TRY_VOID(draft.AddScaleSet(*id, location));
    TRY_VOID(draft.PutDocument({*id, document}));
    TRY_VOID(draft.SetScaleSetIdentities(*id, wanted.system_assigned, wanted.user_assigned));
    if (capacity) TRY_VOID(draft.SetCapacity(*id, *capacity));
    TRY_VOID(WriteInstances(draft, *id, document));
    return ApplyToInstances(draft, *id, document, instances);
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
  Page page(call);
  for (auto one = snapshot->scale_sets.lower_bound(page.From(prefix));
       one != snapshot->scale_sets.end() && one->first.starts_with(prefix) &&
       page.Takes(one->first);
       ++one) {
    page.Add(RenderScaleSet({*snapshot, at.extensions}, *one->second));
  }
  return page.Show();
}

Result<Answer> ShowScaleSet(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const auto scale_set, FindScaleSet(*snapshot, call));
  return Show(200, RenderScaleSet({*snapshot, at.extensions}, *scale_set));
}

}  // namespace

void AddScaleSetRoutes(std::vector<Route>* routes) {
#define OPENIMDS_SCALE_SET                                                            \
  "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/" \
  "virtualMachineScaleSets/{name}"
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
      {"DELETE", OPENIMDS_SCALE_SET, Rule::kAction, OPENIMDS_ACTION "delete", DeleteScaleSet}};
#undef OPENIMDS_ACTION
#undef OPENIMDS_SCALE_SET
  routes->insert(routes->end(), all.begin(), all.end());
}

}  // namespace openimds::arm
