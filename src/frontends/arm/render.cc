// SPDX-License-Identifier: Apache-2.0
// How each kind of resource looks.
#include <algorithm>
#include <string>
#include <utility>

#include <boost/json/array.hpp>

#include "base/text.h"
#include "crypto/json_object.h"
#include "frontends/arm/deployment_record.h"
#include "frontends/arm/network_interfaces.h"
#include "frontends/arm/resource.h"
#include "frontends/arm/scale_set_model.h"
#include "model/machine_extension.h"
#include "model/machine_profile.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

constexpr std::string_view kSucceeded = "Succeeded";

// The document that is kept of an entity, or an empty one.
json::object DocumentOf(const Scene& scene, const ResourceId& id) {
  const auto document = scene.snapshot.FindDocument(id.key());
  return document ? document->body : json::object{};
}

json::object& ObjectAt(json::object& parent, std::string_view name) {
  json::value& value = parent[name];
  if (!value.is_object()) value.emplace_object();
  return value.get_object();
}

// `a/b/c` of an id's names and types: `Microsoft.Compute/virtualMachines/extensions`.
std::string FullTypeOf(const ResourceId& id) {
  const auto segments = Split(std::string_view(id.text()).substr(1), '/');
  std::string type(segments[5]);
  for (std::size_t i = 6; i < segments.size(); i += 2) type.append("/").append(segments[i]);
  return type;
}

json::object Beginning(const ResourceId& id, std::string_view type) {
  return {{"id", id.text()}, {"name", id.name()}, {"type", type}};
}

// What the profile says that the document leaves to it: size and tags have one place.
void AddProfile(const Machine& machine, json::object* shown) {
  json::object tags;
  json::object& hardware = ObjectAt(ObjectAt(*shown, "properties"), "hardwareProfile");
  if (machine.profile) {
    const json::value* compute = machine.profile->json().if_contains("compute");
    const json::object* said = compute ? compute->if_object() : nullptr;
    const json::value* list = said ? said->if_contains("tagsList") : nullptr;
    if (list) {
      for (const json::value& tag : list->get_array()) {
        tags[TextOf(tag.get_object(), "name")] = TextOf(tag.get_object(), "value");
      }
    }
    const std::string_view size = said ? TextOf(*said, "vmSize") : std::string_view{};
    if (!size.empty()) hardware["vmSize"] = size;
  }
  (*shown)["tags"] = std::move(tags);
}

std::string_view KindOf(bool system_assigned, bool user_assigned) {
  if (system_assigned) return user_assigned ? "SystemAssigned, UserAssigned" : "SystemAssigned";
  return user_assigned ? "UserAssigned" : "None";
}

// The member `identity`; nothing for a machine, or a scale set, that has none.
void AddIdentity(const Snapshot& snapshot, const Identity* system_assigned,
                 const std::vector<ResourceId>& user_assigned, json::object* shown) {
  if (!system_assigned && user_assigned.empty()) return;
  json::object block{{"type", KindOf(system_assigned != nullptr, !user_assigned.empty())}};
  if (system_assigned) {
    block["principalId"] = system_assigned->principal_id.ToString();
    block["tenantId"] = system_assigned->tenant_id.ToString();
  }
  json::object assigned;
  for (const ResourceId& id : user_assigned) {
    const auto& identity = snapshot.identities.find(id.key())->second;
    assigned[identity->id.text()] = json::object{{"principalId", identity->principal_id.ToString()},
                                                 {"clientId", identity->client_id.ToString()}};
  }
  if (!assigned.empty()) block["userAssignedIdentities"] = std::move(assigned);
  (*shown)["identity"] = std::move(block);
}

json::object Status(std::string_view code, std::string_view level, std::string_view text) {
  return {{"code", code}, {"level", level}, {"displayStatus", text}};
}

json::object ExtensionStatus(const Scene& scene, const ResourceDocument& extension) {
  const ExtensionFacts facts = FactsOf(extension);
  const auto since = scene.extensions.ServedSince(extension.id);
  const bool works = !facts.is_managed_identity || since;
  json::object status =
      works ? Status("ProvisioningState/succeeded", "Info", "Provisioning succeeded")
            : Status("ProvisioningState/failed/1", "Error", "Provisioning failed");
  const std::string place = "localhost port " + std::to_string(facts.port);
  if (!works) {
    status["message"] = MachineOfExtension(extension.id).IsInstance()
                            ? "No endpoint answers on " + place +
                                  ": another instance has it on this host, or the service's log "
                                  "says why."
                            : "No endpoint answers on " + place + "; the service's log says why.";
  } else if (since) {
    status["message"] = "The endpoint answers on " + place + ".";
    status["time"] = FormatIsoTime(ToUnixSeconds(*since));
  }
  return {{"name", extension.id.name()},
          {"type", facts.publisher + "." + facts.type},
          {"typeHandlerVersion", facts.version},
          {"statuses", json::array{std::move(status)}}};
}

// The documents of the extensions of a machine.
std::vector<std::shared_ptr<const ResourceDocument>> ExtensionsOf(const Snapshot& snapshot,
                                                                  const ResourceId& machine) {
  const std::string prefix = machine.key() + "/extensions/";
  std::vector<std::shared_ptr<const ResourceDocument>> found;
  for (auto at = snapshot.documents.lower_bound(prefix);
       at != snapshot.documents.end() && at->first.starts_with(prefix); ++at) {
    found.push_back(at->second);
  }
  return found;
}

// The member `resources`, where there are any.
void AddExtensions(const Scene& scene, const ResourceId& machine, json::object* shown) {
  json::array extensions;
  for (const auto& extension : ExtensionsOf(scene.snapshot, machine)) {
    extensions.push_back(RenderExtension(scene, *extension));
  }
  if (!extensions.empty()) (*shown)["resources"] = std::move(extensions);
}

}  // namespace

json::object RenderGroup(const Scene& scene, const ResourceGroup& group) {
  json::object shown = Beginning(group.id, "Microsoft.Resources/resourceGroups");
  shown["location"] = group.location;
  const json::object document = DocumentOf(scene, group.id);
  const json::value* tags = document.if_contains("tags");
  shown["tags"] = tags ? *tags : json::value(json::object{});
  shown["properties"] = json::object{{"provisioningState", kSucceeded}};
  return shown;
}

json::object RenderIdentity(const Scene& scene, const Identity& identity) {
  json::object shown = Beginning(identity.id, kUserAssignedIdentityType);
  shown["location"] = identity.location;
  const json::object document = DocumentOf(scene, identity.id);
  const json::value* tags = document.if_contains("tags");
  shown["tags"] = tags ? *tags : json::value(json::object{});
  shown["properties"] = json::object{{"tenantId", identity.tenant_id.ToString()},
                                     {"principalId", identity.principal_id.ToString()},
                                     {"clientId", identity.client_id.ToString()}};
  return shown;
}

json::object RenderMachine(const Scene& scene, const MachineEntry& entry) {
  const Machine& machine = *entry.machine;
  json::object shown = Beginning(machine.id, kVirtualMachineType);
  shown["location"] = machine.location;
  for (auto& [name, value] : DocumentOf(scene, machine.id)) shown[name] = std::move(value);
  AddProfile(machine, &shown);
  json::object& properties = ObjectAt(shown, "properties");
  // Clients look into these without asking whether they are there.
  ObjectAt(properties, "storageProfile");
  json::value& interfaces = ObjectAt(properties, "networkProfile")["networkInterfaces"];
  if (!interfaces.is_array()) interfaces.emplace_array();
  properties["vmId"] = machine.vm_id.ToString();
  properties["provisioningState"] = kSucceeded;
  properties.erase("powerState");
  AddIdentity(scene.snapshot, entry.system_assigned.get(), machine.user_assigned, &shown);
  AddExtensions(scene, machine.id, &shown);
  return shown;
}

json::object RenderScaleSet(const Scene& scene, const ScaleSet& scale_set) {
  json::object shown = Beginning(scale_set.id, kScaleSetType);
  shown["location"] = scale_set.location;
  shown["tags"] = json::object{};
  for (auto& [name, value] : DocumentOf(scene, scale_set.id)) shown[name] = std::move(value);
  const std::size_t instances = InstancesOf(scene.snapshot, scale_set.id).size();
  ObjectAt(shown, "sku")["capacity"] = static_cast<std::int64_t>(instances);
  json::object& properties = ObjectAt(shown, "properties");
  ObjectAt(ObjectAt(properties, "virtualMachineProfile"), "storageProfile");
  properties["provisioningState"] = kSucceeded;
  AddIdentity(scene.snapshot, scale_set.system_assigned ? &*scale_set.system_assigned : nullptr,
              scale_set.user_assigned, &shown);
  return shown;
}

json::object RenderInstance(const Scene& scene, const MachineEntry& entry) {
  const Machine& machine = *entry.machine;
  json::object shown = Beginning(machine.id, FullTypeOf(machine.id));
  shown["instanceId"] = machine.id.name();
  shown["name"] =
      std::string(machine.id.ScaleSetId().name()) + "_" + std::string(machine.id.name());
  shown["location"] = machine.location;
  AddProfile(machine, &shown);
  json::object& properties = ObjectAt(shown, "properties");
  properties["vmId"] = machine.vm_id.ToString();
  properties["latestModelApplied"] = HasLatestModel(scene.snapshot, machine.id);
  properties["provisioningState"] = kSucceeded;
  AddIdentity(scene.snapshot, entry.system_assigned.get(), machine.user_assigned, &shown);
  AddExtensions(scene, machine.id, &shown);
  return shown;
}

json::object RenderInstanceView(const Scene& scene, const MachineEntry& entry) {
  const Machine& machine = *entry.machine;
  const json::object document = DocumentOf(scene, machine.id);
  const json::value* properties = document.if_contains("properties");
  const std::string_view said =
      properties && properties->is_object() ? TextOf(properties->get_object(), "powerState") : "";
  const std::string power(said.empty() ? "running" : said);
  json::array extensions;
  json::array handlers;
  for (const auto& extension : ExtensionsOf(scene.snapshot, machine.id)) {
    json::object status = ExtensionStatus(scene, *extension);
    handlers.push_back(
        json::object{{"type", status["type"]},
                     {"typeHandlerVersion", status["typeHandlerVersion"]},
                     {"status", Status("ProvisioningState/succeeded", "Info", "Ready")}});
    extensions.push_back(std::move(status));
  }
  json::object view{
      {"computerName", machine.id.name()},
      {"statuses",
       json::array{Status("ProvisioningState/succeeded", "Info", "Provisioning succeeded"),
                   Status("PowerState/" + power, "Info", "VM " + power)}}};
  if (!extensions.empty()) {
    view["vmAgent"] = json::object{
        {"vmAgentVersion", "Unknown"},
        {"extensionHandlers", std::move(handlers)},
        {"statuses", json::array{Status("ProvisioningState/succeeded", "Info", "Ready")}}};
    view["extensions"] = std::move(extensions);
  }
  return view;
}

json::object RenderExtension(const Scene& scene, const ResourceDocument& extension) {
  json::object shown = RenderStored(extension);
  const ExtensionFacts facts = FactsOf(extension);
  const bool works = !facts.is_managed_identity || scene.extensions.ServedSince(extension.id);
  json::object& properties = ObjectAt(shown, "properties");
  properties["provisioningState"] = works ? "Succeeded" : "Failed";
  properties["instanceView"] = ExtensionStatus(scene, extension);
  return shown;
}

json::object RenderStored(const ResourceDocument& document) {
  json::object shown = Beginning(document.id, FullTypeOf(document.id));
  for (const auto& [name, value] : document.body) shown[name] = value;
  ObjectAt(shown, "properties")["provisioningState"] = kSucceeded;
  return shown;
}

std::optional<json::object> RenderResource(const Scene& scene, const ResourceId& id) {
  const auto group = scene.snapshot.resource_groups.find(id.key());
  if (group != scene.snapshot.resource_groups.end()) return RenderGroup(scene, group->second);
  const auto identity = scene.snapshot.identities.find(id.key());
  if (identity != scene.snapshot.identities.end()) return RenderIdentity(scene, *identity->second);
  const auto machine = scene.snapshot.machines.find(id.key());
  if (machine != scene.snapshot.machines.end()) {
    return id.IsInstance() ? RenderInstance(scene, *machine->second)
                           : RenderMachine(scene, *machine->second);
  }
  const auto scale_set = scene.snapshot.scale_sets.find(id.key());
  if (scale_set != scene.snapshot.scale_sets.end()) {
    return RenderScaleSet(scene, *scale_set->second);
  }
  const auto document = scene.snapshot.FindDocument(id.key());
  if (!document) return std::nullopt;
  if (IsExtension(id)) return RenderExtension(scene, *document);
  if (IsDeployment(id)) {
    const auto record = ReadDeployment(*document);
    return record ? std::optional(RenderDeployment(*record)) : std::nullopt;
  }
  json::object shown = RenderStored(*document);
  if (IsNetworkInterface(id)) AddAddresses(scene, &shown);
  return shown;
}

}  // namespace openimds::arm
