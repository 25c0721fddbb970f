// SPDX-License-Identifier: Apache-2.0
#include "registry/registry.h"

#include <utility>
#include <vector>

#include "base/reasons.h"
#include "registry/records.h"

namespace openimds {

Result<std::unique_ptr<Registry>> Registry::Open(Store& store, RegistryLimits limits) {
  TRY(Picture first, ReadPicture(store));
  return std::unique_ptr<Registry>(new Registry(store, limits, std::move(first)));
}

Registry::Registry(Store& store, RegistryLimits limits, Picture first)
    : store_(store), limits_(limits), last_(std::move(first)), snapshot_(last_.snapshot) {}

Result<void> Registry::SeedIfEmpty(const SeedNames& names) {
  return Commit([&](Draft& draft) -> Result<void> {
    const auto snapshot = draft.snapshot();
    if (!snapshot->tenants.empty() || !snapshot->subscriptions.empty()) return {};
    return AddSeed(draft, names);
  });
}

Result<ResourceGroup> Registry::CreateResourceGroup(const ResourceId& id,
                                                    std::string_view location) {
  return CommitFor<ResourceGroup>(
      [&](Draft& draft) { return draft.AddResourceGroup(id, location); });
}

Result<Machine> Registry::CreateMachine(const ResourceId& id, std::string_view location,
                                        bool with_system_assigned_identity) {
  if (with_system_assigned_identity) return CreateMachine(id, location, Guid(), Guid());
  return CommitFor<Machine>([&](Draft& draft) {
    return draft.AddMachine({id, std::string(location), Guid(), std::nullopt, {}});
  });
}

Result<Machine> Registry::CreateMachine(const ResourceId& id, std::string_view location,
                                        const Guid& client_id, const Guid& principal_id) {
  return CommitFor<Machine>([&](Draft& draft) {
    const Identity identity{
        IdentityKind::kSystemAssigned, id, std::string(location), Guid(), client_id, principal_id};
    return draft.AddMachine({id, std::string(location), Guid(), identity, {}});
  });
}

Result<Machine> Registry::CreateMachine(const Machine& machine) {
  return CommitFor<Machine>([&](Draft& draft) { return draft.AddMachine(machine); });
}

Result<void> Registry::EditProfile(const ResourceId& machine,
                                   const std::function<Result<void>(MachineProfile&)>& edit) {
  return Commit([&](Draft& draft) { return draft.EditProfile(machine, edit); });
}

Result<void> Registry::DeleteMachine(const ResourceId& id) {
  return Commit([&](Draft& draft) { return draft.RemoveMachine(id); });
}

Result<Identity> Registry::CreateIdentity(const ResourceId& id, std::string_view location) {
  return CreateIdentity(
      Identity{IdentityKind::kUserAssigned, id, std::string(location), Guid(), Guid(), Guid()});
}

Result<Identity> Registry::CreateIdentity(const Identity& identity) {
  return CommitFor<Identity>([&](Draft& draft) { return draft.AddIdentity(identity); });
}

Result<void> Registry::DeleteIdentity(const ResourceId& id) {
  return Commit([&](Draft& draft) { return draft.RemoveIdentity(id); });
}

Result<void> Registry::AssignIdentity(const ResourceId& machine, const ResourceId& identity) {
  return Commit([&](Draft& draft) { return draft.AssignIdentity(machine, identity); });
}

Result<void> Registry::RemoveIdentity(const ResourceId& machine, const ResourceId& identity) {
  return Commit([&](Draft& draft) { return draft.RemoveIdentity(machine, identity); });
}

Result<Identity> Registry::EnableSystemAssigned(const ResourceId& machine) {
  return EnableSystemAssigned(machine, Guid(), Guid());
}

Result<Identity> Registry::EnableSystemAssigned(const ResourceId& machine, const Guid& client_id,
                                                const Guid& principal_id) {
  return CommitFor<Identity>(
      [&](Draft& draft) { return draft.EnableSystemAssigned(machine, client_id, principal_id); });
}

Result<void> Registry::DisableSystemAssigned(const ResourceId& machine) {
  return Commit([&](Draft& draft) { return draft.DisableSystemAssigned(machine); });
}

Result<void> Registry::SetCredential(const ResourceId& identity, CredentialSettings settings) {
  return Commit([&](Draft& draft) { return draft.SetCredential(identity, settings); });
}

Result<void> Registry::ResetCredential(const ResourceId& identity) {
  return Commit([&](Draft& draft) { return draft.ResetCredential(identity); });
}

Result<void> Registry::EditClient(const ResourceId& identity,
                                  const std::function<Result<void>(ClientRegistration&)>& edit) {
  return Commit([&](Draft& draft) { return draft.EditClient(identity, edit); });
}

Result<Attachment> Registry::Attach(const Attachment& attachment) {
  return CommitFor<Attachment>([&](Draft& draft) { return draft.Attach(attachment); });
}

Result<Attachment> Registry::Detach(const ResourceId& machine, std::string_view claim) {
  return CommitFor<Attachment>([&](Draft& draft) { return draft.Detach(machine, claim); });
}

Result<ScheduledEvent> Registry::CreateEvent(const ScheduledEvent& event) {
  return CommitFor<ScheduledEvent>([&](Draft& draft) { return draft.AddEvent(event); });
}

Result<ScheduledEvent> Registry::EditEvent(
    const Guid& id, const std::function<Result<bool>(ScheduledEvent&)>& edit) {
  return CommitFor<ScheduledEvent>([&](Draft& draft) { return draft.EditEvent(id, edit); });
}

Result<void> Registry::ApproveEvents(const ResourceId& machine, std::span<const Guid> events,
                                     Time now) {
  return Commit([&](Draft& draft) { return draft.ApproveEvents(machine, events, now); });
}

Result<void> Registry::StartDueEvents(Time now) {
  if (Read()->DueEvents(now).empty()) return {};
  return Commit([&](Draft& draft) -> Result<void> {
    draft.StartDueEvents(now);
    return {};
  });
}

template <class T>
Result<T> Registry::CommitFor(const std::function<Result<T>(Draft&)>& edit) {
  std::optional<T> made;
  TRY_VOID(Commit([&](Draft& draft) -> Result<void> {
    TRY(made, edit(draft));
    return {};
  }));
  return *std::move(made);
}

Result<void> Registry::Commit(const std::function<Result<void>(Draft&)>& edit) {
  std::lock_guard lock(changing_);
  TRY(const std::int64_t revision, store_.Revision());
  if (revision != last_.store_revision) TRY_VOID(ReadAgain());
  auto committed = CommitOnce(edit);
  if (committed || committed.error().reason != reasons::kChangedMeanwhile) return committed;
  TRY_VOID(ReadAgain());
  return CommitOnce(edit);
}

Result<void> Registry::CommitOnce(const std::function<Result<void>(Draft&)>& edit) {
  Draft draft(*last_.snapshot, limits_);
  TRY_VOID(edit(draft));
  draft.DeliverEvents();
  std::vector<Change> batch = draft.batch();
  if (batch.empty()) return {};
  batch.push_back(RenderMark(last_.mark_revision));
  TRY(const std::int64_t revision, store_.Apply(batch));
  Publish({draft.snapshot(), revision, revision});
  return {};
}

Result<void> Registry::ReadAgain() {
  TRY(Picture newest, ReadPicture(store_));
  Publish(std::move(newest));
  return {};
}

void Registry::Publish(Picture picture) {
  last_ = std::move(picture);
  snapshot_.Publish(last_.snapshot);
}

}  // namespace openimds
