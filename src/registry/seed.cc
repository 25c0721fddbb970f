// SPDX-License-Identifier: Apache-2.0
#include "registry/seed.h"

#include <utility>

#include "crypto/digest.h"

namespace openimds {
namespace {

constexpr std::size_t kMaxHostNameBytes = 64;

// The name space of everything derived here. Changing it gives every new installation other GUIDs.
Guid DeriveGuid(std::string_view name) {
  static const Guid space = *Guid::Parse("0d3c1c5e-6a0e-5b56-9a39-7d0f6a4b2f11");
  return NameGuid(space, name);
}

Guid DeriveGuid(const ResourceId& id, std::string_view purpose) {
  return DeriveGuid(id.key() + "#" + std::string(purpose));
}

Identity MakeIdentity(IdentityKind kind, const ResourceId& id, const SeedNames& names,
                      const Guid& tenant) {
  return {kind,
          id,
          names.location,
          tenant,
          DeriveGuid(id, "client_id"),
          DeriveGuid(id, "principal_id")};
}

bool FitsName(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

}  // namespace

std::string NameForHost(std::string_view host) {
  std::string name(host.substr(0, kMaxHostNameBytes));
  for (char& c : name) {
    if (!FitsName(c)) c = '-';
  }
  while (!name.empty() && name.back() == '.') name.pop_back();
  return name.empty() ? "localhost" : name;
}

Result<void> AddSeed(Draft& draft, const SeedNames& names) {
  const Guid tenant = names.tenant_id.value_or(DeriveGuid("tenant"));
  const Guid subscription = names.subscription_id.value_or(DeriveGuid("subscription"));
  TRY(ResourceId subscription_id, ResourceId::ForSubscription(subscription.ToString()));
  TRY(const ResourceId group,
      ResourceId::ForResourceGroup(subscription.ToString(), names.resource_group));
  TRY(const ResourceId machine, ResourceId::ForMachine(group, names.machine));
  TRY(const ResourceId identity, ResourceId::ForUserAssignedIdentity(group, names.identity));

  TRY_VOID(draft.AddTenant({tenant, "OpenIMDS"}));
  TRY_VOID(draft.AddSubscription({std::move(subscription_id), tenant, "OpenIMDS"}));
  TRY_VOID(draft.AddResourceGroup(group, names.location));
  TRY_VOID(draft.AddMachine({machine,
                             names.location,
                             DeriveGuid(machine, "vm_id"),
                             MakeIdentity(IdentityKind::kSystemAssigned, machine, names, tenant),
                             {}}));
  TRY_VOID(draft.AddIdentity(MakeIdentity(IdentityKind::kUserAssigned, identity, names, tenant)));
  return draft.AssignIdentity(machine, identity);
}

}  // namespace openimds
