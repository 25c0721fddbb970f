// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "model/resource_document.h"
#include "model/resource_id.h"

// What the documents of extensions say, for those who act on it. Pure.
namespace openimds {

inline constexpr std::string_view kManagedIdentityPublisher = "Microsoft.ManagedIdentity";
inline constexpr std::uint16_t kUsualExtensionPort = 50342;

struct ExtensionFacts {
  std::string publisher;
  std::string type;
  std::string version;               // `typeHandlerVersion`
  std::string force_update_tag;      // another one asks for the same thing to be done again
  bool is_managed_identity = false;  // ManagedIdentityExtensionFor{Linux,Windows}
  std::uint16_t port = 0;            // of that one; 0 if what is said is no port
};
ExtensionFacts FactsOf(const ResourceDocument& extension);
ExtensionFacts FactsOf(const boost::json::object& properties);

// `…/virtualMachines/{name}/extensions/{name}`, of a machine or of an instance of a scale set.
bool IsExtension(const ResourceId& id);
// REQUIRES: IsExtension(id)
ResourceId MachineOfExtension(const ResourceId& id);

// One extension as the model of a scale set has it.
struct ModelExtension {
  std::string name;
  boost::json::object properties;
};
// Those in the document of a scale set, in their order; elements without a name are none.
std::vector<ModelExtension> ModelExtensions(const boost::json::object& scale_set);
// Puts `extensions` in place of those that it has.
void SetModelExtensions(const std::vector<ModelExtension>& extensions,
                        boost::json::object* scale_set);

}  // namespace openimds
