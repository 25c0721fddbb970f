// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/extension.h"

#include <boost/json/value.hpp>

#include "base/text.h"
#include "crypto/json_object.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

constexpr std::string_view kTypeBeginning = "ManagedIdentityExtensionFor";

// Written as a number or as a text; clients do both.
std::uint16_t PortIn(const json::object& properties) {
  const json::value* settings = properties.if_contains("settings");
  const json::value* port =
      settings && settings->is_object() ? settings->get_object().if_contains("port") : nullptr;
  if (!port) return kUsualPort;
  std::uint64_t number = 0;
  if (port->is_int64() && port->get_int64() > 0) {
    number = static_cast<std::uint64_t>(port->get_int64());
  } else if (port->is_string()) {
    number = ParseDecimal(std::string_view(port->get_string())).value_or(0);
  }
  return number <= 65535 ? static_cast<std::uint16_t>(number) : 0;
}

}  // namespace

ExtensionFacts FactsOf(const ResourceDocument& extension) {
  ExtensionFacts facts;
  const json::value* value = extension.body.if_contains("properties");
  if (!value || !value->is_object()) return facts;
  const json::object& properties = value->get_object();
  facts.publisher = TextOf(properties, "publisher");
  facts.type = TextOf(properties, "type");
  facts.version = TextOf(properties, "typeHandlerVersion");
  facts.is_managed_identity =
      EqualsIgnoringCase(facts.publisher, kManagedIdentityPublisher) &&
      (EqualsIgnoringCase(facts.type, std::string(kTypeBeginning) + "Linux") ||
       EqualsIgnoringCase(facts.type, std::string(kTypeBeginning) + "Windows"));
  if (facts.is_managed_identity) facts.port = PortIn(properties);
  return facts;
}

bool IsExtension(const ResourceId& id) {
  const auto segments = Split(std::string_view(id.text()).substr(1), '/');
  return segments.size() == 10 && EqualsIgnoringCase(id.type(), kVirtualMachineType) &&
         EqualsIgnoringCase(segments[8], "extensions");
}

ResourceId MachineOfExtension(const ResourceId& id) {
  const auto segments = Split(std::string_view(id.text()).substr(1), '/');
  const std::string_view name = segments[7];
  const auto size = static_cast<std::size_t>(name.data() + name.size() - id.text().data());
  return *ResourceId::Parse(id.text().substr(0, size));
}

}  // namespace openimds::arm
