// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/guid.h"
#include "model/resource_id.h"
#include "registry/registry.h"

// Short names for this folder's tests.
namespace openimds {

inline constexpr char kTestSubscription[] = "11111111-1111-1111-1111-111111111111";
inline constexpr char kTestTenant[] = "22222222-2222-2222-2222-222222222222";

inline ResourceId GroupId(std::string_view name = "rg1") {
  return *ResourceId::ForResourceGroup(kTestSubscription, name);
}
inline ResourceId MachineId(std::string_view name, std::string_view group = "rg1") {
  return *ResourceId::ForMachine(GroupId(group), name);
}
inline ResourceId IdentityId(std::string_view name, std::string_view group = "rg1") {
  return *ResourceId::ForUserAssignedIdentity(GroupId(group), name);
}

// `NumberedGuid(7)` ends in 7.
inline Guid NumberedGuid(unsigned number) {
  std::string digits = std::to_string(number);
  return *Guid::Parse("aaaaaaaa-0000-0000-0000-" + std::string(12 - digits.size(), '0') + digits);
}

// Seeds group `rg1` with machine `vm1`, which has a system-assigned identity and `id1`.
inline SeedNames TestSeed() {
  SeedNames names;
  names.machine = "vm1";
  names.resource_group = "rg1";
  names.identity = "id1";
  names.subscription_id = Guid::Parse(kTestSubscription);
  names.tenant_id = Guid::Parse(kTestTenant);
  return names;
}

// Everything in a snapshot as text, for comparing two.
inline std::string DescribeIdentity(const Identity& identity) {
  return (identity.kind == IdentityKind::kSystemAssigned ? "system " : "user ") +
         identity.id.text() + " " + identity.location + " " + identity.tenant_id.ToString() + " " +
         identity.client_id.ToString() + " " + identity.principal_id.ToString() + "\n";
}

inline std::string Describe(const Snapshot& snapshot) {
  std::string text;
  for (const auto& [id, tenant] : snapshot.tenants) {
    text += "tenant " + tenant.id.ToString() + " " + tenant.display_name + "\n";
  }
  for (const auto& [key, subscription] : snapshot.subscriptions) {
    text += "subscription " + subscription.id.text() + " " + subscription.tenant_id.ToString() +
            " " + subscription.display_name + "\n";
  }
  for (const auto& [key, group] : snapshot.resource_groups) {
    text += "group " + group.id.text() + " " + group.location + "\n";
  }
  for (const auto& [key, identity] : snapshot.identities) text += DescribeIdentity(*identity);
  std::map<std::string, std::shared_ptr<const MachineEntry>> in_order(snapshot.machines.begin(),
                                                                      snapshot.machines.end());
  for (const auto& [key, entry] : in_order) {
    const Machine& machine = *entry->machine;
    text += "machine " + machine.id.text() + " " + machine.location + " " +
            machine.vm_id.ToString() + "\n";
    if (entry->system_assigned) text += "  " + DescribeIdentity(*entry->system_assigned);
    for (const auto& identity : entry->user_assigned) text += "  " + DescribeIdentity(*identity);
  }
  return text;
}

}  // namespace openimds
