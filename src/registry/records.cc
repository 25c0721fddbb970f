// SPDX-License-Identifier: Apache-2.0
#include "registry/records.h"

#include <memory>
#include <string>
#include <utility>

#include <boost/json.hpp>

#include "base/reasons.h"
#include "model/machine_profile.h"
#include "registry/damaged_record.h"
#include "registry/json_members.h"

namespace openimds {
namespace {

constexpr std::string_view kMarkKey = "mark";
constexpr std::int64_t kFormat = 1;  // of all records together

Change Put(std::string_view kind, std::string key, const boost::json::object& body) {
  return {std::string(kind), std::move(key), boost::json::serialize(body), std::nullopt};
}

// The key must be the one that the entity would be written under, or it could never be found.
Result<void> CheckKey(const Record& record, const std::string& key) {
  if (record.key == key) return {};
  return DamagedRecord(record.kind, record.key, "it holds '" + key + "'");
}

Result<Identity> TakeSystemAssigned(JsonMembers& members, const Machine& machine) {
  TRY(const Guid tenant_id, members.TakeGuid("tenant_id"));
  TRY(const Guid client_id, members.TakeGuid("client_id"));
  TRY(const Guid principal_id, members.TakeGuid("principal_id"));
  TRY_VOID(members.CheckNoneLeft());
  return Identity{IdentityKind::kSystemAssigned,
                  machine.id,
                  machine.location,
                  tenant_id,
                  client_id,
                  principal_id};
}

Result<std::shared_ptr<const MachineProfile>> TakeProfile(JsonMembers& members,
                                                          const Record& record) {
  TRY(const auto values, members.TakeObjectIfThere("profile"));
  if (!values) return std::shared_ptr<const MachineProfile>();
  auto profile = MachineProfile::FromJson(*values);
  if (!profile) {
    return DamagedRecord(record.kind, record.key, "member profile: " + profile.error().message);
  }
  return std::make_shared<const MachineProfile>(*std::move(profile));
}

}  // namespace

Change RenderChange(const Tenant& tenant) {
  return Put(kTenantKind, tenant.id.ToString(),
             {{"id", tenant.id.ToString()}, {"display_name", tenant.display_name}});
}

Result<Tenant> ParseTenant(const Record& record) {
  TRY(JsonMembers members, JsonMembers::Parse(record));
  TRY(const Guid id, members.TakeGuid("id"));
  TRY(std::string display_name, members.TakeText("display_name"));
  TRY_VOID(members.CheckNoneLeft());
  TRY_VOID(CheckKey(record, id.ToString()));
  return Tenant{id, std::move(display_name)};
}

Change RenderChange(const Subscription& subscription) {
  return Put(kSubscriptionKind, subscription.id.key(),
             {{"id", subscription.id.text()},
              {"tenant_id", subscription.tenant_id.ToString()},
              {"display_name", subscription.display_name}});
}

Result<Subscription> ParseSubscription(const Record& record) {
  TRY(JsonMembers members, JsonMembers::Parse(record));
  TRY(ResourceId id, members.TakeId("id"));
  TRY(const Guid tenant_id, members.TakeGuid("tenant_id"));
  TRY(std::string display_name, members.TakeText("display_name"));
  TRY_VOID(members.CheckNoneLeft());
  TRY_VOID(CheckKey(record, id.key()));
  return Subscription{std::move(id), tenant_id, std::move(display_name)};
}

Change RenderChange(const ResourceGroup& group) {
  return Put(kResourceGroupKind, group.id.key(),
             {{"id", group.id.text()}, {"location", group.location}});
}

Result<ResourceGroup> ParseResourceGroup(const Record& record) {
  TRY(JsonMembers members, JsonMembers::Parse(record));
  TRY(ResourceId id, members.TakeId("id"));
  TRY(std::string location, members.TakeText("location"));
  TRY_VOID(members.CheckNoneLeft());
  TRY_VOID(CheckKey(record, id.key()));
  return ResourceGroup{std::move(id), std::move(location)};
}

Change RenderChange(const Machine& machine) {
  // What an instance has is its scale set's, and is written there.
  const bool own = !machine.id.IsInstance();
  boost::json::value system_assigned;
  if (own && machine.system_assigned) {
    system_assigned = {{"tenant_id", machine.system_assigned->tenant_id.ToString()},
                       {"client_id", machine.system_assigned->client_id.ToString()},
                       {"principal_id", machine.system_assigned->principal_id.ToString()}};
  }
  boost::json::array user_assigned;
  user_assigned.reserve(machine.user_assigned.size());
  if (own) {
    for (const ResourceId& id : machine.user_assigned) user_assigned.emplace_back(id.text());
  }
  boost::json::object body{{"id", machine.id.text()},
                           {"location", machine.location},
                           {"vm_id", machine.vm_id.ToString()},
                           {"system_assigned", std::move(system_assigned)},
                           {"user_assigned", std::move(user_assigned)}};
  if (machine.profile) body["profile"] = machine.profile->json();
  return Put(kMachineKind, machine.id.key(), body);
}

Result<Machine> ParseMachine(const Record& record) {
  TRY(JsonMembers members, JsonMembers::Parse(record));
  TRY(ResourceId id, members.TakeId("id"));
  TRY(std::string location, members.TakeText("location"));
  TRY(const Guid vm_id, members.TakeGuid("vm_id"));
  TRY(auto system_assigned, members.TakeObjectOrNull("system_assigned"));
  TRY(auto user_assigned, members.TakeIds("user_assigned"));
  TRY(auto profile, TakeProfile(members, record));
  TRY_VOID(members.CheckNoneLeft());
  TRY_VOID(CheckKey(record, id.key()));
  Machine machine{std::move(id), std::move(location),      vm_id,
                  std::nullopt,  std::move(user_assigned), std::move(profile)};
  if (system_assigned) {
    TRY(machine.system_assigned, TakeSystemAssigned(*system_assigned, machine));
  }
  return machine;
}

Change RenderChange(const Identity& identity) {
  return Put(kIdentityKind, identity.id.key(),
             {{"id", identity.id.text()},
              {"location", identity.location},
              {"tenant_id", identity.tenant_id.ToString()},
              {"client_id", identity.client_id.ToString()},
              {"principal_id", identity.principal_id.ToString()}});
}

Result<Identity> ParseIdentity(const Record& record) {
  TRY(JsonMembers members, JsonMembers::Parse(record));
  TRY(ResourceId id, members.TakeId("id"));
  TRY(std::string location, members.TakeText("location"));
  TRY(const Guid tenant_id, members.TakeGuid("tenant_id"));
  TRY(const Guid client_id, members.TakeGuid("client_id"));
  TRY(const Guid principal_id, members.TakeGuid("principal_id"));
  TRY_VOID(members.CheckNoneLeft());
  TRY_VOID(CheckKey(record, id.key()));
  return Identity{IdentityKind::kUserAssigned,
                  std::move(id),
                  std::move(location),
                  tenant_id,
                  client_id,
                  principal_id};
}

Change RenderMark(std::int64_t expected) {
  Change change = Put(kMarkKind, std::string(kMarkKey), {{"format", kFormat}});
  change.expected = expected;
  return change;
}

Result<void> CheckMark(const Record& record) {
  TRY(JsonMembers members, JsonMembers::Parse(record));
  TRY(const std::int64_t format, members.TakeInteger("format"));
  TRY_VOID(members.CheckNoneLeft());
  TRY_VOID(CheckKey(record, std::string(kMarkKey)));
  if (format == kFormat) return {};
  return Fail(ErrorKind::kConflict, reasons::kStoreTooNew,
              "expected the registry's records in format " + std::to_string(kFormat) +
                  ", got format " + std::to_string(format));
}

}  // namespace openimds
