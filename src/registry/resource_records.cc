// SPDX-License-Identifier: Apache-2.0
#include "registry/resource_records.h"

#include <string>
#include <utility>

#include <boost/json.hpp>

#include "registry/damaged_record.h"
#include "registry/json_members.h"

namespace openimds {
namespace {

namespace json = boost::json;

Change PutRecord(std::string_view kind, std::string key, const json::object& body) {
  return {std::string(kind), std::move(key), json::serialize(body), std::nullopt};
}

Result<void> CheckRecordKey(const Record& record, const std::string& key) {
  if (record.key == key) return {};
  return DamagedRecord(record.kind, record.key, "it holds '" + key + "'");
}

}  // namespace

// The document is a text inside the record: records nest as deep as we write them, documents as
// deep as others did.
Change RenderChange(const ResourceDocument& document) {
  return PutRecord(kDocumentKind, document.id.key(),
                   {{"id", document.id.text()}, {"document", json::serialize(document.body)}});
}

Result<ResourceDocument> ParseDocument(const Record& record) {
  TRY(JsonMembers members, JsonMembers::Parse(record));
  TRY(ResourceId id, members.TakeId("id"));
  TRY(const std::string text, members.TakeText("document"));
  TRY_VOID(members.CheckNoneLeft());
  TRY_VOID(CheckRecordKey(record, id.key()));
  json::parse_options options;
  options.max_depth = kMaxDocumentDepth;
  json::error_code failure;
  json::value body = json::parse(text, failure, {}, options);
  if (failure || !body.is_object()) {
    return DamagedRecord(record.kind, record.key, "its document is no JSON object");
  }
  return ResourceDocument{std::move(id), std::move(body.get_object())};
}

Change RenderChange(const ScaleSet& scale_set) {
  json::value system_assigned;
  if (scale_set.system_assigned) {
    system_assigned = {{"tenant_id", scale_set.system_assigned->tenant_id.ToString()},
                       {"client_id", scale_set.system_assigned->client_id.ToString()},
                       {"principal_id", scale_set.system_assigned->principal_id.ToString()}};
  }
  json::array user_assigned;
  for (const ResourceId& id : scale_set.user_assigned) user_assigned.emplace_back(id.text());
  return PutRecord(kScaleSetKind, scale_set.id.key(),
                   {{"id", scale_set.id.text()},
                    {"location", scale_set.location},
                    {"system_assigned", std::move(system_assigned)},
                    {"user_assigned", std::move(user_assigned)}});
}

Result<ScaleSet> ParseScaleSet(const Record& record) {
  TRY(JsonMembers members, JsonMembers::Parse(record));
  TRY(ResourceId id, members.TakeId("id"));
  TRY(std::string location, members.TakeText("location"));
  TRY(auto system_assigned, members.TakeObjectOrNull("system_assigned"));
  TRY(auto user_assigned, members.TakeIds("user_assigned"));
  TRY_VOID(members.CheckNoneLeft());
  TRY_VOID(CheckRecordKey(record, id.key()));
  ScaleSet scale_set{std::move(id), std::move(location), std::nullopt, std::move(user_assigned)};
  if (!system_assigned) return scale_set;
  TRY(const Guid tenant_id, system_assigned->TakeGuid("tenant_id"));
  TRY(const Guid client_id, system_assigned->TakeGuid("client_id"));
  TRY(const Guid principal_id, system_assigned->TakeGuid("principal_id"));
  TRY_VOID(system_assigned->CheckNoneLeft());
  scale_set.system_assigned = Identity{IdentityKind::kSystemAssigned,
                                       scale_set.id,
                                       scale_set.location,
                                       tenant_id,
                                       client_id,
                                       principal_id};
  return scale_set;
}

Change RenderChange(const RoleAssignment& assignment) {
  return PutRecord(kRoleAssignmentKind, assignment.name.ToString(),
                   {{"name", assignment.name.ToString()},
                    {"scope", assignment.scope},
                    {"role", assignment.role.ToString()},
                    {"principal_id", assignment.principal_id.ToString()},
                    {"principal_type", assignment.principal_type}});
}

Result<RoleAssignment> ParseRoleAssignment(const Record& record) {
  TRY(JsonMembers members, JsonMembers::Parse(record));
  RoleAssignment assignment;
  TRY(assignment.name, members.TakeGuid("name"));
  TRY(assignment.scope, members.TakeText("scope"));
  TRY(assignment.role, members.TakeGuid("role"));
  TRY(assignment.principal_id, members.TakeGuid("principal_id"));
  TRY(assignment.principal_type, members.TakeText("principal_type"));
  TRY_VOID(members.CheckNoneLeft());
  TRY_VOID(CheckRecordKey(record, assignment.name.ToString()));
  return assignment;
}

Change RenderAdministrator(const Identity& administrator) {
  return PutRecord(kAdministratorKind, administrator.id.key(),
                   {{"id", administrator.id.text()},
                    {"tenant_id", administrator.tenant_id.ToString()},
                    {"client_id", administrator.client_id.ToString()},
                    {"principal_id", administrator.principal_id.ToString()}});
}

Result<Identity> ParseAdministrator(const Record& record) {
  TRY(JsonMembers members, JsonMembers::Parse(record));
  TRY(ResourceId id, members.TakeId("id"));
  TRY(const Guid tenant_id, members.TakeGuid("tenant_id"));
  TRY(const Guid client_id, members.TakeGuid("client_id"));
  TRY(const Guid principal_id, members.TakeGuid("principal_id"));
  TRY_VOID(members.CheckNoneLeft());
  TRY_VOID(CheckRecordKey(record, id.key()));
  return Identity{
      IdentityKind::kAdministrator, std::move(id), "", tenant_id, client_id, principal_id};
}

}  // namespace openimds
