// SPDX-License-Identifier: Apache-2.0
#include "model/machine_extension.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/text.h"
#include "crypto/json_object.h"

namespace openimds {
namespace {

namespace json = boost::json;

constexpr std::string_view kTypeBeginning = "ManagedIdentityExtensionFor";

const json::object* Child(const json::object* of, std::string_view name) {
  const json::value* value = of ? of->if_contains(name) : nullptr;
  return value ? value->if_object() : nullptr;
}

json::object& MadeChild(json::object& of, std::string_view name) {
  json::value& value = of[name];
  if (!value.is_object()) value.emplace_object();
  return value.get_object();
}

// Written as a number or as a text; clients do both.
std::uint16_t PortIn(const json::object& properties) {
  const json::object* settings = Child(&properties, "settings");
  const json::value* port = settings ? settings->if_contains("port") : nullptr;
  if (!port) return kUsualExtensionPort;
  std::uint64_t number = 0;
  if (port->is_int64() && port->get_int64() > 0) {
    number = static_cast<std::uint64_t>(port->get_int64());
  } else if (port->is_string()) {
    number = ParseDecimal(std::string_view(port->get_string())).value_or(0);
  }
  return number <= 65535 ? static_cast<std::uint16_t>(number) : 0;
}

std::vector<std::string_view> SegmentsOf(const ResourceId& id) {
  return Split(std::string_view(id.text()).substr(1), '/');
}

}  // namespace

ExtensionFacts FactsOf(const json::object& properties) {
  ExtensionFacts facts;
  facts.publisher = TextOf(properties, "publisher");
  facts.type = TextOf(properties, "type");
  facts.version = TextOf(properties, "typeHandlerVersion");
  facts.force_update_tag = TextOf(properties, "forceUpdateTag");
  facts.is_managed_identity =
      EqualsIgnoringCase(facts.publisher, kManagedIdentityPublisher) &&
      (EqualsIgnoringCase(facts.type, std::string(kTypeBeginning) + "Linux") ||
       EqualsIgnoringCase(facts.type, std::string(kTypeBeginning) + "Windows"));
  if (facts.is_managed_identity) facts.port = PortIn(properties);
  return facts;
}

ExtensionFacts FactsOf(const ResourceDocument& extension) {
  const json::object* properties = Child(&extension.body, "properties");
  return properties ? FactsOf(*properties) : ExtensionFacts{};
}

bool IsExtension(const ResourceId& id) {
  const auto segments = SegmentsOf(id);
  const bool of_machine =
      segments.size() == 10 && EqualsIgnoringCase(id.type(), kVirtualMachineType);
  const bool of_instance = segments.size() == 12 && EqualsIgnoringCase(id.type(), kScaleSetType) &&
                           EqualsIgnoringCase(segments[8], "virtualMachines");
  return (of_machine || of_instance) &&
         EqualsIgnoringCase(segments[segments.size() - 2], "extensions");
}

ResourceId MachineOfExtension(const ResourceId& id) {
  const auto segments = SegmentsOf(id);
  const std::string_view name = segments[segments.size() - 3];
  const auto size = static_cast<std::size_t>(name.data() + name.size() - id.text().data());
  return *ResourceId::Parse(id.text().substr(0, size));
}

std::vector<ModelExtension> ModelExtensions(const json::object& scale_set) {
  const json::object* profile =
      Child(Child(Child(&scale_set, "properties"), "virtualMachineProfile"), "extensionProfile");
  const json::value* list = profile ? profile->if_contains("extensions") : nullptr;
  std::vector<ModelExtension> found;
  if (!list || !list->is_array()) return found;
  for (const json::value& one : list->get_array()) {
    const json::object* extension = one.if_object();
    const json::object* properties = Child(extension, "properties");
    const std::string_view name = extension ? TextOf(*extension, "name") : std::string_view{};
    if (name.empty()) continue;
    found.push_back({std::string(name), properties ? *properties : json::object{}});
  }
  return found;
}

void SetModelExtensions(const std::vector<ModelExtension>& extensions, json::object* scale_set) {
  json::array list;
  for (const ModelExtension& one : extensions) {
    list.push_back(json::object{{"name", one.name}, {"properties", one.properties}});
  }
  json::object& profile = MadeChild(
      MadeChild(MadeChild(*scale_set, "properties"), "virtualMachineProfile"), "extensionProfile");
  profile["extensions"] = std::move(list);
}

}  // namespace openimds
