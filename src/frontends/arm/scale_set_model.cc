// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/scale_set_model.h"

#include <map>
#include <set>
#include <utility>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/json_object.h"
#include "frontends/arm/extension_body.h"
#include "frontends/arm/resource.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

std::string ExtensionsOf(const ResourceId& machine) { return machine.text() + "/extensions/"; }

// The properties of an instance's extensions, by name in lower case.
std::map<std::string, json::value> AppliedTo(const Snapshot& snapshot, const ResourceId& instance) {
  std::map<std::string, json::value> applied;
  const std::string prefix = LowerAscii(ExtensionsOf(instance));
  for (auto one = snapshot.documents.lower_bound(prefix);
       one != snapshot.documents.end() && one->first.starts_with(prefix); ++one) {
    const json::value* properties = one->second->body.if_contains("properties");
    applied.emplace(one->first.substr(prefix.size()), properties ? *properties : json::value());
  }
  return applied;
}

std::vector<ServedExtension> ServedIn(const Snapshot& snapshot, const ResourceId& scale_set) {
  std::vector<ServedExtension> wanted;
  for (const auto& instance : InstancesOf(snapshot, scale_set)) {
    const ResourceId& machine = instance->machine->id;
    const std::string prefix = LowerAscii(ExtensionsOf(machine));
    for (auto one = snapshot.documents.lower_bound(prefix);
         one != snapshot.documents.end() && one->first.starts_with(prefix); ++one) {
      const ExtensionFacts facts = FactsOf(*one->second);
      if (!facts.is_managed_identity) continue;
      wanted.push_back({one->second->id, machine, facts.port, facts.force_update_tag});
    }
  }
  return wanted;
}

Result<void> ServeInstances(const Workplace& at, const Snapshot& snapshot,
                            const ResourceId& scale_set) {
  std::set<std::uint16_t> tried;
  Result<void> first_failure;
  for (const ServedExtension& one : ServedIn(snapshot, scale_set)) {
    auto served = at.extensions.Serve(one);
    const bool first = tried.insert(one.port).second;
    // The fleet need not be here: that another machine of ours has the port is no mistake in a
    // model.
    const bool refused = !served && served.error().reason != reasons::kInUse;
    if (first && refused && first_failure) first_failure = std::move(served);
  }
  return first_failure;
}

}  // namespace

Result<std::shared_ptr<const ScaleSet>> FindScaleSet(const Snapshot& snapshot, const Call& call) {
  TRY(const ResourceId id, TargetOf(snapshot, OnResource(call)));
  const auto found = snapshot.scale_sets.find(id.key());
  if (found == snapshot.scale_sets.end()) return ResourceNotFound(id);
  return found->second;
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

std::vector<std::shared_ptr<const MachineEntry>> InstancesOf(const Snapshot& snapshot,
                                                             const ResourceId& scale_set) {
  std::map<std::uint64_t, std::shared_ptr<const MachineEntry>> sorted;
  const std::string inside = scale_set.key() + "/";
  for (auto one = snapshot.machines.lower_bound(inside);
       one != snapshot.machines.end() && one->first.starts_with(inside); ++one) {
    sorted.emplace(ParseDecimal(one->second->machine->id.name()).value_or(0), one->second);
  }
  std::vector<std::shared_ptr<const MachineEntry>> instances;
  instances.reserve(sorted.size());
  for (auto& [number, entry] : sorted) instances.push_back(std::move(entry));
  return instances;
}

Result<void> ReadModelExtensions(json::object* scale_set) {
  std::vector<ModelExtension> extensions = ModelExtensions(*scale_set);
  if (extensions.empty()) return {};
  std::set<std::string> names;
  for (ModelExtension& one : extensions) {
    if (!names.insert(LowerAscii(one.name)).second) {
      return BadContent("Expected the names of extensions to differ, got '" + one.name + "' twice.",
                        "InvalidParameter");
    }
    TRY(one.properties, ReadExtensionProperties(one.properties));
  }
  SetModelExtensions(extensions, scale_set);
  return {};
}

bool AppliesAtOnce(const json::object& scale_set) {
  const json::value* properties = scale_set.if_contains("properties");
  const json::value* policy = properties && properties->is_object()
                                  ? properties->get_object().if_contains("upgradePolicy")
                                  : nullptr;
  const bool said = policy && policy->is_object();
  const std::string_view mode = said ? TextOf(policy->get_object(), "mode") : std::string_view{};
  return !mode.empty() && !EqualsIgnoringCase(mode, "Manual");
}

Result<void> ApplyModel(Draft& draft, const ResourceId& instance, const json::object& scale_set) {
  std::map<std::string, json::value> gone = AppliedTo(*draft.snapshot(), instance);
  for (const ModelExtension& one : ModelExtensions(scale_set)) {
    const auto has = gone.extract(LowerAscii(one.name));
    if (has && has.mapped() == json::value(one.properties)) continue;
    TRY(const ResourceId id, ResourceId::Parse(ExtensionsOf(instance) + one.name));
    TRY_VOID(draft.PutDocument({id, json::object{{"properties", one.properties}}}));
  }
  for (const auto& [name, properties] : gone) {
    TRY(const ResourceId id, ResourceId::Parse(ExtensionsOf(instance) + name));
    draft.RemoveDocuments(id);
  }
  return {};
}

bool HasLatestModel(const Snapshot& snapshot, const ResourceId& instance) {
  std::map<std::string, json::value> has = AppliedTo(snapshot, instance);
  const auto document = snapshot.FindDocument(instance.ScaleSetId().key());
  for (const ModelExtension& one : ModelExtensions(document ? document->body : json::object{})) {
    const auto found = has.extract(LowerAscii(one.name));
    if (!found || found.mapped() != json::value(one.properties)) return false;
  }
  return has.empty();
}

Result<void> EditInstances(
    const Workplace& at, const std::optional<ResourceId>& id,
    const std::function<Result<void>(Draft& draft, const Snapshot& before)>& edit) {
  auto written = at.registry.Edit([&](Draft& draft) -> Result<void> {
    const auto before = at.registry.Read();
    TRY_VOID(edit(draft, *before));
    return id ? ServeInstances(at, *draft.snapshot(), *id) : Result<void>();
  });
  // Once more, whatever came of it: what there is now is what answers, also where somebody else's
  // change has ended something meanwhile.
  if (id) static_cast<void>(ServeInstances(at, *std::shared_ptr(at.registry.Read()), *id));
  return written;
}

}  // namespace openimds::arm
