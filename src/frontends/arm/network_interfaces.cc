// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/network_interfaces.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/json_object.h"
#include "model/machine_profile.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

constexpr std::string_view kJoin = "Microsoft.Network/networkInterfaces/join/action";
constexpr std::string_view kType = "Microsoft.Network/networkInterfaces";

const json::object* Child(const json::object* of, std::string_view name) {
  const json::value* value = of ? of->if_contains(name) : nullptr;
  return value ? value->if_object() : nullptr;
}

// The ids that a machine's document names, in order; what is no id is passed over.
std::vector<ResourceId> InterfacesOf(const json::object& machine) {
  std::vector<ResourceId> ids;
  const json::object* profile = Child(Child(&machine, "properties"), "networkProfile");
  const json::value* all = profile ? profile->if_contains("networkInterfaces") : nullptr;
  if (!all || !all->is_array()) return ids;
  for (const json::value& one : all->get_array()) {
    const auto id =
        ResourceId::Parse(one.is_object() ? TextOf(one.get_object(), "id") : std::string_view{});
    if (id && IsNetworkInterface(*id)) ids.push_back(*id);
  }
  return ids;
}

// The member of its properties that says whose it is.
std::string_view OwnerOf(const json::object& interface) {
  const json::object* owner = Child(Child(&interface, "properties"), "virtualMachine");
  return owner ? TextOf(*owner, "id") : std::string_view{};
}

// With `machine` for its owner, or with none.
Result<void> SetOwner(Draft& draft, const ResourceId& interface, const ResourceId* machine) {
  const auto document = draft.snapshot()->FindDocument(interface.key());
  if (!document) return {};
  json::object body = document->body;
  json::value& properties = body["properties"];
  if (!properties.is_object()) properties.emplace_object();
  properties.get_object().erase("virtualMachine");
  if (machine) properties.get_object()["virtualMachine"] = json::object{{"id", machine->text()}};
  return draft.PutDocument({document->id, std::move(body)});
}

// Says a text where none is said.
void Fill(json::object* in, std::string_view name, const json::value* text) {
  if (!text || !text->is_string() || text->get_string().empty()) return;
  if (TextOf(*in, name).empty()) (*in)[name] = *text;
}

}  // namespace

bool IsNetworkInterface(const ResourceId& id) { return EqualsIgnoringCase(id.type(), kType); }

Result<void> LinkInterfaces(Draft& draft, const Call& call, const ResourceId& machine,
                            const json::object& before, const json::object& now) {
  std::map<std::string, ResourceId> gone;
  for (const ResourceId& id : InterfacesOf(before)) gone.emplace(id.key(), id);
  const auto snapshot = draft.snapshot();
  for (const ResourceId& id : InterfacesOf(now)) {
    const auto document = snapshot->FindDocument(id.key());
    if (gone.erase(id.key()) > 0 || !document) continue;
    const std::string_view owner = OwnerOf(document->body);
    const bool taken = snapshot->machines.contains(ResourceIdKey(owner)) &&
                       !EqualsIgnoringCase(owner, machine.text());
    if (taken) {
      return Refuse(ErrorKind::kConflict, reasons::kInUse, "NicInUse",
                    "Network Interface " + id.text() + " is used by existing resource " +
                        std::string(owner) + ".");
    }
    if (auto may = RequireAction(*snapshot, call, kJoin, id.text()); !may) {
      may.error().code = "LinkedAuthorizationFailed";
      return may;
    }
    TRY_VOID(SetOwner(draft, id, &machine));
  }
  for (const auto& [key, id] : gone) TRY_VOID(SetOwner(draft, id, nullptr));
  return {};
}

Result<void> FreeInterfaces(Draft& draft, const json::object& document) {
  for (const ResourceId& id : InterfacesOf(document)) TRY_VOID(SetOwner(draft, id, nullptr));
  return {};
}

void AddAddresses(const Scene& scene, json::object* shown) {
  const auto owner = scene.snapshot.machines.find(ResourceIdKey(OwnerOf(*shown)));
  if (owner == scene.snapshot.machines.end()) {
    (*shown)["properties"].as_object().erase("virtualMachine");
    return;
  }
  if (!owner->second->machine->profile) return;
  const auto document = scene.snapshot.FindDocument(owner->first);
  const auto all = InterfacesOf(document ? document->body : json::object{});
  const std::string own = LowerAscii(TextOf(*shown, "id"));
  std::size_t place = 0;
  while (place < all.size() && all[place].key() != own) ++place;
  const json::value profile(owner->second->machine->profile->json());
  json::error_code missing;
  const json::value* said =
      profile.find_pointer("/network/interface/" + std::to_string(place), missing);
  if (!said || !said->is_object()) return;
  json::object& properties = (*shown)["properties"].get_object();
  if (const std::string mac(TextOf(said->get_object(), "macAddress")); mac.size() == 12) {
    // As Azure writes it here: 00-0D-3A-00-00-01.
    std::string pairs;
    for (std::size_t i = 0; i < mac.size(); i += 2) {
      pairs.append(i == 0 ? "" : "-").append(mac, i, 2);
    }
    const json::value text(pairs);
    Fill(&properties, "macAddress", &text);
  }
  json::value* configurations = properties.if_contains("ipConfigurations");
  if (!configurations || !configurations->is_array()) return;
  json::array& list = configurations->get_array();
  for (std::size_t i = 0; i < list.size(); ++i) {
    json::value* of =
        list[i].is_object() ? list[i].get_object().if_contains("properties") : nullptr;
    if (!of || !of->is_object()) continue;
    Fill(&of->get_object(), "privateIPAddress",
         said->find_pointer("/ipv4/ipAddress/" + std::to_string(i) + "/privateIpAddress", missing));
  }
}

}  // namespace openimds::arm
