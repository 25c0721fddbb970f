// SPDX-License-Identifier: Apache-2.0
#include "registry/picture.h"

#include <map>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "registry/attachment_records.h"
#include "registry/credential_records.h"
#include "registry/damaged_record.h"
#include "registry/event_records.h"
#include "registry/records.h"
#include "registry/resource_records.h"

namespace openimds {
namespace {

// Puts records together to a snapshot. Machines come last, since they name identities.
class SnapshotReader {
 public:
  Result<void> Add(const Record& record);
  Result<std::shared_ptr<const Snapshot>> Finish();

 private:
  Result<void> AddManaged(const Record& record);
  Result<void> CheckGroups() const;
  Result<void> CheckCredentials() const;
  Result<void> CheckAttachments() const;
  Result<void> FillInboxes();
  Result<void> CheckGroup(std::string_view kind, const ResourceId& id) const;
  Result<void> AddMachine(Machine machine);
  Result<void> CheckUnique(std::string_view kind, const Identity& identity);

  Snapshot snapshot_;
  std::vector<Machine> machines_;
  std::map<std::string, EventInbox, std::less<>> inboxes_;
  std::unordered_set<Guid> client_ids_;
  std::unordered_set<Guid> principal_ids_;
};

Result<void> SnapshotReader::Add(const Record& record) {
  if (record.kind == kTenantKind) {
    TRY(Tenant tenant, ParseTenant(record));
    snapshot_.tenants.emplace(tenant.id, std::move(tenant));
  } else if (record.kind == kSubscriptionKind) {
    TRY(Subscription subscription, ParseSubscription(record));
    snapshot_.subscriptions.emplace(record.key, std::move(subscription));
  } else if (record.kind == kResourceGroupKind) {
    TRY(ResourceGroup group, ParseResourceGroup(record));
    snapshot_.resource_groups.emplace(record.key, std::move(group));
  } else if (record.kind == kIdentityKind) {
    TRY(Identity identity, ParseIdentity(record));
    TRY_VOID(CheckUnique(kIdentityKind, identity));
    snapshot_.AddIdentity(std::make_shared<Identity>(std::move(identity)));
  } else if (record.kind == kMachineKind) {
    TRY(Machine machine, ParseMachine(record));
    machines_.push_back(std::move(machine));
  } else if (record.kind == kCredentialKind) {
    TRY(CredentialSettings settings, ParseCredential(record));
    snapshot_.credentials.emplace(record.key,
                                  std::make_shared<const CredentialSettings>(std::move(settings)));
  } else if (record.kind == kClientKind) {
    TRY(ClientRegistration client, ParseClient(record));
    const Guid client_id = client.client_id;
    snapshot_.clients.emplace(client_id,
                              std::make_shared<const ClientRegistration>(std::move(client)));
  } else if (record.kind == kAttachmentKind) {
    TRY(Attachment attachment, ParseAttachment(record));
    snapshot_.attachments.emplace(record.key,
                                  std::make_shared<const Attachment>(std::move(attachment)));
  } else if (record.kind == kEventKind) {
    TRY(ScheduledEvent event, ParseEvent(record));
    const Guid id = event.id;
    snapshot_.events.emplace(id, std::make_shared<const ScheduledEvent>(std::move(event)));
  } else if (record.kind == kInboxKind) {
    TRY(EventInbox inbox, ParseInbox(record));
    inboxes_.emplace(record.key, std::move(inbox));
  } else {
    return AddManaged(record);
  }
  return {};
}

// What only the resource manager has.
Result<void> SnapshotReader::AddManaged(const Record& record) {
  if (record.kind == kScaleSetKind) {
    TRY(ScaleSet scale_set, ParseScaleSet(record));
    if (scale_set.system_assigned) {
      TRY_VOID(CheckUnique(kScaleSetKind, *scale_set.system_assigned));
    }
    snapshot_.PutScaleSet(std::make_shared<const ScaleSet>(std::move(scale_set)));
  } else if (record.kind == kDocumentKind) {
    TRY(ResourceDocument document, ParseDocument(record));
    snapshot_.documents.emplace(record.key,
                                std::make_shared<const ResourceDocument>(std::move(document)));
  } else if (record.kind == kRoleAssignmentKind) {
    TRY(RoleAssignment assignment, ParseRoleAssignment(record));
    const Guid name = assignment.name;
    snapshot_.role_assignments.emplace(
        name, std::make_shared<const RoleAssignment>(std::move(assignment)));
  } else if (record.kind == kAdministratorKind) {
    TRY(Identity administrator, ParseAdministrator(record));
    TRY_VOID(CheckUnique(kAdministratorKind, administrator));
    snapshot_.AddAdministrator(std::make_shared<const Identity>(std::move(administrator)));
  }
  return {};
}

Result<std::shared_ptr<const Snapshot>> SnapshotReader::Finish() {
  TRY_VOID(CheckGroups());
  for (const auto& [key, identity] : snapshot_.identities) {
    TRY_VOID(CheckGroup(kIdentityKind, identity->id));
  }
  for (const auto& [key, scale_set] : snapshot_.scale_sets) {
    TRY_VOID(CheckGroup(kScaleSetKind, scale_set->id));
    for (const ResourceId& id : scale_set->user_assigned) {
      if (snapshot_.identities.contains(id.key())) continue;
      return DamagedRecord(kScaleSetKind, key, "its identity '" + id.text() + "' is missing");
    }
  }
  for (const auto& [key, document] : snapshot_.documents) {
    TRY_VOID(CheckGroup(kDocumentKind, document->id));
  }
  for (Machine& machine : machines_) TRY_VOID(AddMachine(std::move(machine)));
  TRY_VOID(CheckCredentials());
  TRY_VOID(CheckAttachments());
  TRY_VOID(FillInboxes());
  return std::make_shared<const Snapshot>(std::move(snapshot_));
}

Result<void> SnapshotReader::CheckGroups() const {
  for (const auto& [key, subscription] : snapshot_.subscriptions) {
    if (snapshot_.tenants.contains(subscription.tenant_id)) continue;
    return DamagedRecord(kSubscriptionKind, key, "its tenant is missing");
  }
  for (const auto& [key, group] : snapshot_.resource_groups) {
    TRY(const ResourceId subscription, ResourceId::ForSubscription(group.id.subscription()));
    if (snapshot_.subscriptions.contains(subscription.key())) continue;
    return DamagedRecord(kResourceGroupKind, key, "its subscription is missing");
  }
  return {};
}

Result<void> SnapshotReader::CheckCredentials() const {
  for (const auto& [key, settings] : snapshot_.credentials) {
    if (snapshot_.FindAnyIdentity(key)) continue;
    return DamagedRecord(kCredentialKind, key, "its identity is missing");
  }
  for (const auto& [client_id, client] : snapshot_.clients) {
    const auto identity = snapshot_.FindAnyIdentity(client->identity.key());
    if (identity && identity->client_id == client_id) continue;
    return DamagedRecord(kClientKind, client->identity.key(),
                         "no identity of that id has its client id");
  }
  return {};
}

Result<void> SnapshotReader::CheckAttachments() const {
  for (const auto& [claim, attachment] : snapshot_.attachments) {
    const auto found = snapshot_.machines.find(attachment->machine.key());
    const bool same =
        found != snapshot_.machines.end() && found->second->machine->vm_id == attachment->vm_id;
    if (!same) return DamagedRecord(kAttachmentKind, claim, "its machine is missing");
  }
  return {};
}

Result<void> SnapshotReader::FillInboxes() {
  for (const auto& [id, event] : snapshot_.events) {
    for (const ResourceId& machine : event->machines) {
      if (snapshot_.machines.contains(machine.key())) continue;
      return DamagedRecord(kEventKind, id.ToString(),
                           "its machine '" + machine.text() + "' is missing");
    }
  }
  for (auto& [entry, events] : DistributeEvents(snapshot_)) {
    inboxes_[entry->machine->id.key()].SetEvents(std::move(events));
  }
  for (auto& [key, inbox] : inboxes_) {
    if (!snapshot_.machines.contains(key)) {
      return DamagedRecord(kInboxKind, key, "its machine is missing");
    }
    snapshot_.inboxes.emplace(key, std::make_shared<const EventInbox>(std::move(inbox)));
  }
  return {};
}

Result<void> SnapshotReader::CheckGroup(std::string_view kind, const ResourceId& id) const {
  const bool found = !id.resource_group().empty() &&
                     snapshot_.resource_groups.contains(id.ResourceGroupId().key());
  if (found) return {};
  return DamagedRecord(kind, id.key(), "its resource group is missing");
}

Result<void> SnapshotReader::AddMachine(Machine machine) {
  TRY_VOID(CheckGroup(kMachineKind, machine.id));
  if (machine.id.IsInstance()) {
    if (!snapshot_.scale_sets.contains(machine.id.ScaleSetId().key())) {
      return DamagedRecord(kMachineKind, machine.id.key(), "its scale set is missing");
    }
    snapshot_.AddMachine(snapshot_.MakeInstanceEntry(std::move(machine)));
    return {};
  }
  if (machine.system_assigned) {
    TRY_VOID(CheckUnique(kMachineKind, *machine.system_assigned));
  }
  std::vector<std::shared_ptr<const Identity>> user_assigned;
  user_assigned.reserve(machine.user_assigned.size());
  for (const ResourceId& id : machine.user_assigned) {
    const auto found = snapshot_.identities.find(id.key());
    if (found == snapshot_.identities.end()) {
      return DamagedRecord(kMachineKind, machine.id.key(),
                           "its identity '" + id.text() + "' is missing");
    }
    user_assigned.push_back(found->second);
  }
  auto entry = MakeMachineEntry(std::move(machine), std::move(user_assigned));
  const std::size_t identities = entry->user_assigned.size() + (entry->system_assigned ? 1 : 0);
  if (entry->by_resource_id.size() != identities) {
    return DamagedRecord(kMachineKind, entry->machine->id.key(), "it names an identity twice");
  }
  snapshot_.AddMachine(std::move(entry));
  return {};
}

Result<void> SnapshotReader::CheckUnique(std::string_view kind, const Identity& identity) {
  if (!client_ids_.insert(identity.client_id).second) {
    return DamagedRecord(kind, identity.id.key(), "another identity has its client id");
  }
  if (!principal_ids_.insert(identity.principal_id).second) {
    return DamagedRecord(kind, identity.id.key(), "another identity has its principal id");
  }
  return {};
}

}  // namespace

Result<Picture> ReadPicture(Store& store) {
  Picture picture;
  // The revision first: what is written in between makes the picture old, never wrongly new.
  TRY(picture.store_revision, store.Revision());
  TRY(const std::vector<Record> records, store.ReadAll());
  SnapshotReader reader;
  for (const Record& record : records) {
    if (record.kind == kMarkKind) {
      TRY_VOID(CheckMark(record));
      picture.mark_revision = record.revision;
    }
    TRY_VOID(reader.Add(record));
  }
  TRY(picture.snapshot, reader.Finish());
  return picture;
}

}  // namespace openimds
