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
