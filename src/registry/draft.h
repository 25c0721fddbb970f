// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/attachment.h"
#include "model/entities.h"
#include "model/machine_profile.h"
#include "model/scheduled_event.h"
#include "registry/event_inbox.h"
#include "registry/snapshot.h"
#include "store/store.h"

namespace openimds {

struct RegistryLimits {
  // decisions.md: 1,000 on a machine served by IMDS, 32 on one served by the extension; the next
  // assignment is refused, and so is the extension where there are more.
  std::size_t user_assigned_per_machine = 1000;
  std::size_t user_assigned_with_extension = 32;
};

// The next snapshot in the making, with the batch that makes it durable: the rules live here, the
// Registry adds locks and the store. A draft that failed is thrown away.
//
// It begins as a copy of the maps of the last snapshot; machines and identities that it leaves
// alone are shared with it. What fails, and how, is said at Registry. One thread only.
class Draft {
 public:
  Draft(const Snapshot& base, const RegistryLimits& limits)
      : next_(std::make_shared<Snapshot>(base)), limits_(limits) {}

  // GUIDs that are all zero are made, or looked up where they follow from the subscription.
  Result<void> AddTenant(Tenant tenant);
  Result<void> AddSubscription(Subscription subscription);
  Result<ResourceGroup> AddResourceGroup(const ResourceId& id, std::string_view location);
  Result<Machine> AddMachine(Machine machine);  // without user-assigned identities
  Result<Identity> AddIdentity(Identity identity);
  Result<void> EditProfile(const ResourceId& machine,
                           const std::function<Result<void>(MachineProfile&)>& edit);

  Result<void> RemoveMachine(const ResourceId& id);
  Result<void> RemoveIdentity(const ResourceId& id);

  Result<void> AssignIdentity(const ResourceId& machine, const ResourceId& identity);
  Result<void> RemoveIdentity(const ResourceId& machine, const ResourceId& identity);
  Result<Identity> EnableSystemAssigned(const ResourceId& machine, const Guid& client_id,
                                        const Guid& principal_id);
  Result<void> DisableSystemAssigned(const ResourceId& machine);
  // All of them at once, in one record: what is not named is taken away. A system-assigned identity
  // that stays keeps its GUIDs. Fails with kNotFound, naming an identity that is not there.
  Result<void> SetIdentities(const ResourceId& machine, bool system_assigned,
                             const std::vector<ResourceId>& user_assigned);
  // kLimitReached if the machine or scale set has more user-assigned identities than it may: for
  // whoever has put an extension there.
  Result<void> CheckIdentityLimit(const ResourceId& of) const;
  // Takes it from every machine that has it.
  Result<void> DetachEverywhere(const ResourceId& identity);

  Result<ScaleSet> AddScaleSet(const ResourceId& id, std::string_view location);
  // With its instances.
  Result<void> RemoveScaleSet(const ResourceId& id);
  // As SetIdentities(): all instances have them from then on.
  Result<void> SetScaleSetIdentities(const ResourceId& id, bool system_assigned,
                                     const std::vector<ResourceId>& user_assigned);
  // So many, numbered from 0: the first free numbers are taken, the highest ones go first.
  Result<void> SetCapacity(const ResourceId& id, std::size_t instances);

  // With all that is in it; its identities are taken from machines elsewhere.
  Result<void> RemoveResourceGroup(const ResourceId& id);

  // A document takes the place of the one before. Its resource group must exist.
  Result<void> PutDocument(ResourceDocument document);
  // With those of its children.
  void RemoveDocuments(const ResourceId& id);

  // kExists if the name is taken, or if the principal has that role in that scope already.
  Result<void> AddRoleAssignment(RoleAssignment assignment);
  Result<void> RemoveRoleAssignment(const Guid& name);

  Result<Identity> AddAdministrator(Identity administrator);
  Result<void> RemoveAdministrator(const ResourceId& id);

  // For user-assigned and system-assigned identities (those by their machine's id).
  Result<void> SetCredential(const ResourceId& identity, CredentialSettings settings);
  Result<void> ResetCredential(const ResourceId& identity);
  Result<void> EditClient(const ResourceId& identity,
                          const std::function<Result<void>(ClientRegistration&)>& edit);

  // `id` and `vm_id` are filled in. The same again changes nothing.
  Result<Attachment> Attach(Attachment attachment);
  Result<Attachment> Detach(const ResourceId& machine, std::string_view claim);
  // See Registry; ended events are forgotten on the way.
  Result<ScheduledEvent> AddEvent(ScheduledEvent event);
  Result<ScheduledEvent> EditEvent(const Guid& id,
                                   const std::function<Result<bool>(ScheduledEvent&)>& edit);
  Result<void> ApproveEvents(const ResourceId& machine, std::span<const Guid> events, Time now);
  void StartDueEvents(Time now);
  // The last step of every change: whoever sees other events than before gets another incarnation.
  void DeliverEvents();

  // Share it only when nothing more will be changed.
  std::shared_ptr<const Snapshot> snapshot() const { return next_; }
  const std::vector<Change>& batch() const { return batch_; }

 private:
  // How many user-assigned identities it may have: fewer where the extension serves them.
  std::size_t MostIdentities(const ResourceId& of) const;
  Result<void> CheckIdentityCount(const ResourceId& of, std::size_t wanted) const;
  Result<const Subscription*> GetSubscription(const ResourceId& id) const;
  Result<std::shared_ptr<const MachineEntry>> GetMachine(const ResourceId& id) const;
  // One whose identities are its own: no instance of a scale set.
  Result<std::shared_ptr<const MachineEntry>> GetFreeMachine(const ResourceId& id) const;
  Result<std::shared_ptr<const ScaleSet>> GetScaleSet(const ResourceId& id) const;
  std::vector<ResourceId> InstancesOf(const ResourceId& scale_set) const;  // in order of number
  Result<std::shared_ptr<const Identity>> GetIdentity(const ResourceId& id) const;

  Result<std::shared_ptr<const Identity>> GetAnyIdentity(const ResourceId& id) const;

  Result<void> EnsureResourceGroup(const ResourceId& of, std::string_view location);
  Result<Guid> FreeVmId(const Guid& asked) const;  // all zero asks for a new one
  Result<Identity> WithGuids(Identity identity) const;
  Result<void> CheckUnique(const Identity& identity) const;

  void Write(Change change, std::optional<std::int64_t> expected = std::nullopt);
  void Delete(std::string_view kind, const std::string& key);
  void ForgetCredentials(const Identity& identity);
  void ForgetAttachments(const Machine& machine);
  void WriteEvent(ScheduledEvent event);
  void RemoveFromEvents(const ResourceId& machine);
  void ForgetEndedEvents(Time now);
  void Deliver(const ResourceId& machine, EventList events);
  void WriteMachine(Machine machine, std::vector<std::shared_ptr<const Identity>> user_assigned);

  const std::shared_ptr<Snapshot> next_;
  const RegistryLimits limits_;
  std::vector<Change> batch_;
};

}  // namespace openimds
