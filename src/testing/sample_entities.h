// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "model/entities.h"
#include "tokens/access_token.h"

namespace openimds {

inline ResourceId SampleGroupId() {
  return *ResourceId::ForResourceGroup("11111111-1111-1111-1111-111111111111", "rg1");
}

// A machine with a system-assigned identity; every call makes new GUIDs.
inline Machine SampleMachine(const std::string& name = "vm1") {
  const ResourceId id = *ResourceId::ForMachine(SampleGroupId(), name);
  const Guid tenant = *Guid::Parse("99999999-9999-9999-9999-999999999999");
  return Machine{.id = id,
                 .location = "local",
                 .vm_id = Guid::Random(),
                 .system_assigned = Identity{IdentityKind::kSystemAssigned, id, "local", tenant,
                                             Guid::Random(), Guid::Random()},
                 .user_assigned = {}};
}

inline Identity SampleUserAssignedIdentity(const std::string& name = "ua1") {
  return Identity{IdentityKind::kUserAssigned,
                  *ResourceId::ForUserAssignedIdentity(SampleGroupId(), name),
                  "local",
                  *Guid::Parse("99999999-9999-9999-9999-999999999999"),
                  Guid::Random(),
                  Guid::Random()};
}

inline TokenRequest SampleTokenRequest(const std::string& resource = "https://vault.azure.net") {
  const auto machine = std::make_shared<Machine>(SampleMachine());
  return TokenRequest{std::make_shared<Identity>(*machine->system_assigned), machine, resource};
}

}  // namespace openimds
