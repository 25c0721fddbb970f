// SPDX-License-Identifier: Apache-2.0
#include "extension/guest_snapshot.h"

#include <string>
#include <utility>
#include <vector>

#include "base/guid.h"

namespace openimds::extension {
namespace {

// A group in a subscription that nobody has: random, so that no request names it. The same for as
// long as the process lives, so that it is one machine in the audit trail.
Result<ResourceId> MadeUpGroup() {
  static const Guid subscription = Guid::Random();
  return ResourceId::ForResourceGroup(subscription.ToString(), "guest");
}

Guid MadeUpMachine() {
  static const Guid machine = Guid::Random();
  return machine;
}

Result<ResourceId> IdOf(const DaemonIdentity& identity, const ResourceId& group) {
  if (!identity.resource_id.empty()) return ResourceId::Parse(identity.resource_id);
  // Rules for callers may name an identity by its client id, which is its name here.
  const std::string name = identity.client_id.ToString();
  return identity.system_assigned ? ResourceId::ForMachine(group, name)
                                  : ResourceId::ForUserAssignedIdentity(group, name);
}

Result<Identity> IdentityOf(const DaemonIdentity& from, const ResourceId& group,
                            const std::string& tenant) {
  TRY(ResourceId id, IdOf(from, group));
  return Identity{
      from.system_assigned ? IdentityKind::kSystemAssigned : IdentityKind::kUserAssigned,
      std::move(id),
      "guest",
      Guid::Parse(tenant).value_or(Guid()),
      from.client_id,
      from.object_id.value_or(Guid::Random())};
}

}  // namespace

Result<GuestSnapshot> MakeGuestSnapshot(const DaemonSettings& settings) {
  TRY(const ResourceId group, MadeUpGroup());
  TRY(ResourceId machine_id, ResourceId::ForMachine(group, "this-machine"));
  Machine machine{machine_id, "guest", MadeUpMachine(), std::nullopt, {}};
  std::vector<std::shared_ptr<const Identity>> user_assigned;
  for (const DaemonIdentity& it : settings.identities) {
    TRY(Identity identity, IdentityOf(it, group, settings.authority.tenant));
    if (it.system_assigned) {
      machine.system_assigned = std::move(identity);
    } else {
      machine.user_assigned.push_back(identity.id);
      user_assigned.push_back(std::make_shared<const Identity>(std::move(identity)));
    }
  }
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->AddMachine(MakeMachineEntry(std::move(machine), std::move(user_assigned)));
  return GuestSnapshot{std::move(machine_id), std::move(snapshot)};
}

}  // namespace openimds::extension
