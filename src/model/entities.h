// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/guid.h"
#include "model/resource_id.h"

// Who and what exists. Plain values; Azure's nouns under Azure's names.
namespace openimds {

struct Tenant {
  Guid id;
  std::string display_name;
};

struct Subscription {
  ResourceId id;
  Guid tenant_id;
  std::string display_name;
};

struct ResourceGroup {
  ResourceId id;
  std::string location;
};

// An administrator is no managed identity, but a principal of our own authority all the same.
enum class IdentityKind { kSystemAssigned, kUserAssigned, kAdministrator };

// Who a token is about.
struct Identity {
  IdentityKind kind;
  // Of the user-assigned identity; of the machine for a system-assigned one; for an administrator
  // see ResourceId::ForAdministrator().
  ResourceId id;
  std::string location;
  Guid tenant_id;
  Guid client_id;     // `appid` in a token, `client_id` in a request
  Guid principal_id;  // `oid` and `sub` in a token, `object_id` in a request
};

class MachineProfile;

struct Machine {
  ResourceId id;
  std::string location;
  Guid vm_id;
  std::optional<Identity> system_assigned;
  std::vector<ResourceId> user_assigned;  // in order of assignment, no two alike
  // What it shows of itself in its metadata; null: nobody has said anything. Never changed, shared.
  std::shared_ptr<const MachineProfile> profile = nullptr;
};

// Machines that are alike: its instances are machines whose identities are those of the scale set.
// The id of an instance is `…/virtualMachineScaleSets/{name}/virtualMachines/{number}`.
struct ScaleSet {
  ResourceId id;
  std::string location;
  std::optional<Identity> system_assigned;  // one for all instances, under the scale set's id
  std::vector<ResourceId> user_assigned;    // in order of assignment, no two alike
};

}  // namespace openimds
