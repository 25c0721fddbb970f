// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "registry/snapshot.h"

namespace openimds {

// How a request names the identity that it wants: at most one of the three, or none.
// Values are what the caller sent, decoded; one that is no GUID matches nothing.
struct IdentitySelector {
  std::optional<std::string> client_id = std::nullopt;
  std::optional<std::string> object_id = std::nullopt;
  // Any case, a missing leading slash forgiven.
  std::optional<std::string> resource_id = std::nullopt;

  bool empty() const { return !client_id && !object_id && !resource_id; }
};

// Which identity of this machine is meant (protocol.md A.3):
// the one named; if none is named the system-assigned one, else the only user-assigned one.
// Fails with reasons::kSelectorConflict if two kinds of selector are given, kIdentityNotFound if
// the machine does not have it (or has none at all), kIdentityAmbiguous if several user-assigned
// identities exist and none was named. Never another identity than the one asked for.
Result<std::shared_ptr<const Identity>> SelectIdentity(const MachineEntry& machine,
                                                       const IdentitySelector& selector);

}  // namespace openimds
