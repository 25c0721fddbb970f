// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/guid.h"
#include "base/kept_once.h"
#include "base/shared_map.h"
#include "model/attachment.h"
#include "model/client_registration.h"
#include "model/credential_settings.h"
#include "model/entities.h"
#include "model/resource_document.h"
#include "model/role_assignment.h"
#include "model/scheduled_event.h"
#include "registry/event_inbox.h"

namespace openimds {

struct StringViewHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};
template <class Value>
using StringMap = std::unordered_map<std::string, Value, StringViewHash, std::equal_to<>>;

// A machine with its identities found and indexed. Immutable, shared by the snapshots that hold
// the same machine unchanged.
struct MachineEntry {
  std::shared_ptr<const Machine> machine;
  std::shared_ptr<const Identity> system_assigned;             // null if it has none
  std::vector<std::shared_ptr<const Identity>> user_assigned;  // in order of assignment

  // Over all of the above.
  std::unordered_map<Guid, std::shared_ptr<const Identity>> by_client_id;
  std::unordered_map<Guid, std::shared_ptr<const Identity>> by_principal_id;
  // Over the user-assigned ones, and the system-assigned one under its machine's id. By key(),
  // which the identity itself holds: a machine may have a thousand.
  std::unordered_map<std::string_view, std::shared_ptr<const Identity>> by_resource_id;

  // What IMDS shows of the machine, as frontends/imds renders it: good until the machine changes,
  // and then there is another entry.
  KeptOnce documents;
};

// Builds the indexes. `user_assigned` are the identities that `machine.user_assigned` names, in its
// order.
std::shared_ptr<const MachineEntry> MakeMachineEntry(
    Machine machine, std::vector<std::shared_ptr<const Identity>> user_assigned);

// What a caller wrote for a resource id, as a key: in lower case, with the leading slash that some
// leave out. It need not be a resource id at all; then it matches none.
std::string ResourceIdKey(std::string_view text);

// Everything that exists, at one moment. Immutable; all keys are ResourceId::key() or GUIDs.
// Requests read this and nothing else: no lock, no database.
struct Snapshot {
  std::map<Guid, Tenant> tenants;
  std::map<std::string, Subscription, std::less<>> subscriptions;
  SharedMap<std::string, ResourceGroup> resource_groups;
  SharedMap<std::string, std::shared_ptr<const Identity>> identities;  // user-assigned
  SharedMap<std::string, std::shared_ptr<const MachineEntry>> machines;

  // How tokens are got, by the identity's key; an identity that is not there is `embedded`.
  std::map<std::string, std::shared_ptr<const CredentialSettings>, std::less<>> credentials;
  // Who may ask our authority over HTTP, by client id.
  std::map<Guid, std::shared_ptr<const ClientRegistration>> clients;

  // Where machines call from, by claim (model/attachment.h). Each one's machine is there.
  std::map<std::string, std::shared_ptr<const Attachment>, std::less<>> attachments;
  // What is going to happen to machines, and has happened lately; and what a machine sees of that,
  // by its key: none for a machine that never saw any.
  std::map<Guid, std::shared_ptr<const ScheduledEvent>> events;
  StringMap<std::shared_ptr<const EventInbox>> inboxes;
  SharedMap<std::string, std::shared_ptr<const ScaleSet>> scale_sets;

  // What the resource manager keeps beside the entities, and who may use it.
  SharedMap<std::string, std::shared_ptr<const ResourceDocument>> documents;
  std::map<Guid, std::shared_ptr<const RoleAssignment>> role_assignments;  // by name
  std::map<std::string, std::shared_ptr<const Identity>, std::less<>> administrators;

  // The same machines by their bare name in lower case, with their key behind it: several may have
  // one name.
  SharedMap<std::string, std::shared_ptr<const MachineEntry>> machines_by_name;
  // All identities of all kinds; those of instances are their scale set's.
  SharedMap<Guid, std::shared_ptr<const Identity>> by_client_id;
  SharedMap<Guid, std::shared_ptr<const Identity>> by_principal_id;

  // A machine of a scale set with the identities of that one. REQUIRES: the scale set exists, and
  // so do its identities.
  std::shared_ptr<const MachineEntry> MakeInstanceEntry(Machine machine) const;

  // For whoever makes a snapshot: these keep the maps in step. REQUIRES of those that add: the id
  // is new, and so are the GUIDs of the identity.
  void AddMachine(std::shared_ptr<const MachineEntry> entry);
  void RemoveMachine(const ResourceId& id);
  void AddIdentity(std::shared_ptr<const Identity> identity);
  void RemoveIdentity(const ResourceId& id);
  void AddAdministrator(std::shared_ptr<const Identity> administrator);
  void RemoveAdministrator(const ResourceId& id);
  void PutScaleSet(std::shared_ptr<const ScaleSet> scale_set);  // in place of the one of its id
  void RemoveScaleSet(const ResourceId& id);

  // `name` is a resource id (any case, a missing leading slash forgiven), or a machine's bare name
  // if only one machine has it. Null if there is none, or more than one.
  std::shared_ptr<const MachineEntry> FindMachine(std::string_view name) const;

  // The same for a user-assigned identity. Looks at all of them for a bare name.
  std::shared_ptr<const Identity> FindIdentity(std::string_view name) const;

  // Any kind, by the key of its resource id: a system-assigned one by its machine's or scale set's.
  std::shared_ptr<const Identity> FindAnyIdentity(std::string_view key) const;
  // Any kind.
  std::shared_ptr<const Identity> FindByClientId(const Guid& client_id) const;
  std::shared_ptr<const Identity> FindByPrincipalId(const Guid& principal_id) const;

  // Those whose time has come. Looks at all of them.
  EventList DueEvents(Time now) const;
  std::optional<Time> NextEventDue() const;  // of those that wait; nothing if none does
  const EventInbox& InboxOf(const ResourceId& machine) const;

  // Null if there is none.
  std::shared_ptr<const ResourceDocument> FindDocument(std::string_view key) const;

 private:
  void Index(const std::shared_ptr<const Identity>& identity);  // null: nothing to do
  void Unindex(const std::shared_ptr<const Identity>& identity);
};

}  // namespace openimds
