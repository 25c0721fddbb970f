// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/extension_body.h"

#include <string>
#include <utility>

#include "crypto/json_object.h"
#include "frontends/arm/answer.h"
#include "frontends/arm/call.h"
#include "model/machine_extension.h"

namespace openimds::arm {

namespace json = boost::json;

Result<json::object> ReadExtensionProperties(const std::optional<json::object>& said) {
  json::value kept(said.value_or(json::object{}));
  DropNulls(&kept);
  json::object& properties = kept.get_object();
  for (const std::string_view name : {"protectedSettings", "protectedSettingsFromKeyVault",
                                      "provisioningState", "instanceView"}) {
    properties.erase(name);
  }
  for (const std::string_view name : {"publisher", "type", "typeHandlerVersion"}) {
    if (!TextOf(properties, name).empty()) continue;
    return BadContent("Required parameter '" + std::string(name) + "' is missing (null).",
                      "InvalidParameter");
  }
  const ExtensionFacts facts = FactsOf(properties);
  if (facts.is_managed_identity && facts.port == 0) {
    return BadContent("The settings of the extension must name a port from 1 to 65535.",
                      "InvalidParameter");
  }
  return std::move(properties);
}

}  // namespace openimds::arm
