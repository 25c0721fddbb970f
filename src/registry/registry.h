// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>

#include "base/published.h"
#include "base/result.h"
#include "model/entities.h"
#include "registry/draft.h"
#include "registry/picture.h"
#include "registry/seed.h"
#include "registry/snapshot.h"
#include "store/store.h"

namespace openimds {

// Who exists and who has which identity: the rules over the store.
//
// Read() is for requests: the newest snapshot, without a lock. The changing functions may block
// (they write to the store) and every thread may call them; each is one durable batch, and when it
// has returned success the very next Read() of every thread sees it. Names are taken as given and
// compared without case.
//
// Several registries, in several processes, may share a store. None acts on an old picture: one
// that finds that another has changed something reads the store again first. Reading alone does
// not look.
//
// GUIDs that are all zero are made where they are given to a changing function. Client ids are
// unique over all identities, principal ids too.
//
// Failures: kNotFound, kExists, kInUse, kLimitReached, kNameInvalid, kResourceIdInvalid,
// kArgumentInvalid, and what the store says. Nothing is half done.
class Registry {
 public:
  // Reads the whole store. The store must outlive the registry. Fails with kStoreFailed, naming the
  // record and its member, if it holds something that no registry wrote.
  static Result<std::unique_ptr<Registry>> Open(Store& store, RegistryLimits limits);

  const std::shared_ptr<const Snapshot>& Read() const { return snapshot_.Read(); }
  const Published<Snapshot>& published() const { return snapshot_; }

  // Makes one tenant, subscription, resource group, machine (with a system-assigned identity) and
  // user-assigned identity (assigned to that machine) if there is nothing yet; else does nothing.
  // One batch: a crash leaves all of it or none.
  Result<void> SeedIfEmpty(const SeedNames& names);

  Result<ResourceGroup> CreateResourceGroup(const ResourceId& id, std::string_view location);

  // The resource group is made if it is missing; the subscription must exist. A machine or identity
  // made again under an old name is a new one: its GUIDs are fresh.
  Result<Machine> CreateMachine(const ResourceId& id, std::string_view location,
                                bool with_system_assigned_identity);
  // With a system-assigned identity that has the given GUIDs.
  Result<Machine> CreateMachine(const ResourceId& id, std::string_view location,
                                const Guid& client_id, const Guid& principal_id);
  // With all that is given: a system-assigned identity, a profile. Without user-assigned ones.
  Result<Machine> CreateMachine(const Machine& machine);
  Result<void> DeleteMachine(const ResourceId& id);
  // Changes what a machine shows of itself: `edit` gets what has been said so far, may be called
  // twice, and its failure leaves all as it was.
  Result<void> EditProfile(const ResourceId& machine,
                           const std::function<Result<void>(MachineProfile&)>& edit);

  Result<Identity> CreateIdentity(const ResourceId& id, std::string_view location);
  // With given GUIDs, for an identity that exists elsewhere (or a test that wants known ones). Its
  // tenant, if given, must be the subscription's.
  Result<Identity> CreateIdentity(const Identity& identity);
  // Fails with kInUse while it is assigned to a machine, naming one.
  Result<void> DeleteIdentity(const ResourceId& id);

  // Succeeds without a change if the machine has the identity already, as Azure does.
  Result<void> AssignIdentity(const ResourceId& machine, const ResourceId& identity);
  Result<void> RemoveIdentity(const ResourceId& machine, const ResourceId& identity);
  // Returns the identity; kExists if the machine has one already.
  Result<Identity> EnableSystemAssigned(const ResourceId& machine);
  Result<Identity> EnableSystemAssigned(const ResourceId& machine, const Guid& client_id,
                                        const Guid& principal_id);
  Result<void> DisableSystemAssigned(const ResourceId& machine);

  // The identity is a user-assigned one, or a machine's system-assigned one by the machine's id.
  // What was set goes away with it. Resetting makes it `embedded` again; no error if it is.
  Result<void> SetCredential(const ResourceId& identity, CredentialSettings settings);
  Result<void> ResetCredential(const ResourceId& identity);
  // Changes what is registered at our authority for the identity: `edit` gets what there is, may
  // be called twice, and its failure leaves all as it was.
  Result<void> EditClient(const ResourceId& identity,
                          const std::function<Result<void>(ClientRegistration&)>& edit);

  // Says where a machine's calls come from; `id` and `vm_id` are filled in, and what is there
  // already, said the same, is given back as it is. Fails with kExists, naming the other machine,
  // if the place is another's. A machine's attachments go with it.
  Result<Attachment> Attach(const Attachment& attachment);
  Result<Attachment> Detach(const ResourceId& machine, std::string_view claim);
  // A zero id is made. `created` is the time of now: what has ended a day before is forgotten.
  Result<ScheduledEvent> CreateEvent(const ScheduledEvent& event);
  // `edit` gets what there is, says whether it changed anything, and may be called twice.
  Result<ScheduledEvent> EditEvent(const Guid& id,
                                   const std::function<Result<bool>(ScheduledEvent&)>& edit);
  // What a machine says: these may start, for all machines that they are about. All or none; fails
  // with kEventUnknown if there is one that the machine does not see. Events that have started, or
  // that have ended and are remembered, count as good.
  Result<void> ApproveEvents(const ResourceId& machine, std::span<const Guid> events, Time now);
  // Starts those whose time has come. Without a look at the store if there are none.
  Result<void> StartDueEvents(Time now);
  // Several steps as one batch: all of them or none. `edit` may be called twice, and its failure
  // leaves all as it was.
  Result<void> Edit(const std::function<Result<void>(Draft&)>& edit) { return Commit(edit); }

 private:
  Registry(Store& store, RegistryLimits limits, Picture first);

  // Runs `edit` on a draft, writes its batch and publishes it; once more, on a newer picture, if
  // another registry was faster.
  Result<void> Commit(const std::function<Result<void>(Draft&)>& edit);
  template <class T>
  Result<T> CommitFor(const std::function<Result<T>(Draft&)>& edit);  // with what the edit gives
  Result<void> CommitOnce(const std::function<Result<void>(Draft&)>& edit);
  Result<void> ReadAgain();
  void Publish(Picture picture);

  Store& store_;
  const RegistryLimits limits_;
  std::mutex changing_;  // one change at a time, from reading the picture to publishing the next
  Picture last_;         // under changing_
  Published<Snapshot> snapshot_;
};

}  // namespace openimds
