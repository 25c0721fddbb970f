// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "base/result.h"
#include "registry/draft.h"

namespace openimds {

// What the first start makes when the store is empty. GUIDs that are not given are derived: tenant
// and subscription are the same ones on every machine, the others follow from the names, so the
// same host gets the same ones again after its state was lost.
struct SeedNames {
  std::string machine;  // NameForHost() makes one
  std::string resource_group = "openimds";
  std::string identity = "openimds-identity";
  std::string location = "local";
  std::optional<Guid> subscription_id;
  std::optional<Guid> tenant_id;
};

// A host's name made to fit a resource's: what a name may not hold becomes `-`; `localhost` if
// nothing is left.
std::string NameForHost(std::string_view host);

// One tenant, subscription, resource group, machine with a system-assigned identity, and
// user-assigned identity assigned to that machine.
Result<void> AddSeed(Draft& draft, const SeedNames& names);

}  // namespace openimds
