// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "model/resource_document.h"
#include "model/resource_id.h"

namespace openimds::arm {

inline constexpr std::string_view kManagedIdentityPublisher = "Microsoft.ManagedIdentity";
inline constexpr std::uint16_t kUsualPort = 50342;

// What an extension's document says, for those who act on it.
struct ExtensionFacts {
  std::string publisher;
  std::string type;
  std::string version;               // `typeHandlerVersion`
  bool is_managed_identity = false;  // ManagedIdentityExtensionFor{Linux,Windows}
  std::uint16_t port = 0;            // of that one; 0 if what is said is no port
};
ExtensionFacts FactsOf(const ResourceDocument& extension);

// `…/virtualMachines/{name}/extensions/{name}`
bool IsExtension(const ResourceId& id);
// REQUIRES: IsExtension(id)
ResourceId MachineOfExtension(const ResourceId& id);

}  // namespace openimds::arm
