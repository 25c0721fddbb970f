// SPDX-License-Identifier: Apache-2.0
// Role definitions and assignments, at any scope.
#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "frontends/arm/resource.h"
#include "frontends/arm/route.h"
#include "registry/roles.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

constexpr std::string_view kDefinitions = "/providers/Microsoft.Authorization/roleDefinitions/";
constexpr std::string_view kAssignments = "/providers/Microsoft.Authorization/roleAssignments/";

// A scope as the beginning of an id: `/` is nothing.
std::string Prefix(std::string_view scope) { return scope == "/" ? "" : std::string(scope); }

// A definition belongs to the subscription that it is asked for in.
std::string DefinitionId(std::string_view scope, std::string_view name) {
  std::string prefix;
  if (const auto id = ResourceId::Parse(scope)) {
    prefix = "/subscriptions/" + std::string(id->subscription());
  }
  return prefix + std::string(kDefinitions) + std::string(name);
}

json::array Texts(const std::vector<std::string_view>& texts) {
  json::array all;
  for (const std::string_view text : texts) all.emplace_back(text);
  return all;
}

json::object RenderDefinition(const RoleDefinition& role, std::string_view scope) {
  const json::object permission{{"actions", Texts(role.actions)},
                                {"notActions", Texts(role.not_actions)},
                                {"dataActions", json::array{}},
                                {"notDataActions", json::array{}}};
  return {{"id", DefinitionId(scope, role.name)},
          {"type", "Microsoft.Authorization/roleDefinitions"},
          {"name", role.name},
          {"properties", json::object{{"roleName", role.role_name},
                                      {"type", "BuiltInRole"},
                                      {"description", role.description},
                                      {"assignableScopes", json::array{"/"}},
                                      {"permissions", json::array{permission}}}}};
}

json::object RenderAssignment(const RoleAssignment& assignment) {
  const std::string name = assignment.name.ToString();
  return {{"id", Prefix(assignment.scope) + std::string(kAssignments) + name},
          {"type", "Microsoft.Authorization/roleAssignments"},
          {"name", name},
          {"properties", json::object{{"roleDefinitionId",
                                       DefinitionId(assignment.scope, assignment.role.ToString())},
                                      {"principalId", assignment.principal_id.ToString()},
                                      {"principalType", assignment.principal_type},
                                      {"scope", assignment.scope}}}};
}

// What stands between quotes behind `roleName eq `, `principalId eq ` and the like; empty if the
// filter says nothing of that.
std::string FilterValue(std::string_view filter, std::string_view name) {
  const std::string wanted = LowerAscii(name) + " eq '";
  const std::size_t begin = LowerAscii(filter).find(wanted);
  if (begin == std::string::npos) return {};
  const std::string_view rest = filter.substr(begin + wanted.size());
  return std::string(rest.substr(0, rest.find('\'')));
}

Result<Guid> GuidIn(std::string_view text, std::string_view what) {
  const auto guid = Guid::Parse(text.substr(text.rfind('/') + 1));
  if (guid) return *guid;
  return BadContent("Expected " + std::string(what) + " to be a GUID, or an id that ends with one.",
                    "BadRequestFormat");
}

// A scope that exists, in the spelling that it has.
Result<std::string> CheckScope(const Snapshot& snapshot, const std::string& scope) {
  if (scope == "/") return scope;
  TRY(const ResourceId id, ResourceId::Parse(scope));
  if (snapshot.subscriptions.contains(id.key()) || snapshot.resource_groups.contains(id.key()) ||
      snapshot.machines.contains(id.key()) || snapshot.identities.contains(id.key()) ||
      snapshot.scale_sets.contains(id.key()) || snapshot.FindDocument(id.key())) {
    return scope;
  }
  return Refuse(ErrorKind::kNotFound, reasons::kNotFound, "ResourceNotFound",
                "The scope '" + scope + "' does not exist.");
}

Result<Answer> ListDefinitions(const Workplace&, const Call& call) {
  const std::string wanted = FilterValue(call.Query("$filter"), "roleName");
  json::array all;
  for (const RoleDefinition& role : RoleDefinitions()) {
    if (!wanted.empty() && !EqualsIgnoringCase(wanted, role.role_name)) continue;
    all.push_back(RenderDefinition(role, call.scope));
  }
  return ShowList(call, std::move(all));
}

Result<Answer> ShowDefinition(const Workplace&, const Call& call) {
  const auto name = Guid::Parse(call.At("name"));
  const RoleDefinition* role = name ? FindRole(*name) : nullptr;
  if (role) return Answer{200, RenderDefinition(*role, call.scope)};
  return Refuse(ErrorKind::kNotFound, reasons::kNotFound, "RoleDefinitionDoesNotExist",
                "The specified role definition with ID '" + call.At("name") + "' does not exist.");
}

// Those of the scope and of all above and below it; `atScope()` leaves out what lies below.
Result<Answer> ListAssignments(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  const std::string_view filter = call.Query("$filter");
  const bool only_at_scope = LowerAscii(filter).find("atscope()") != std::string::npos;
  std::string principal = FilterValue(filter, "principalId");
  if (principal.empty()) principal = FilterValue(filter, "assignedTo");
  json::array all;
  for (const auto& [name, assignment] : snapshot->role_assignments) {
    const bool above = IsInScope(assignment->scope, call.scope);
    const bool below = !only_at_scope && IsInScope(call.scope, assignment->scope);
    if (!above && !below) continue;
    if (!principal.empty() && !EqualsIgnoringCase(principal, assignment->principal_id.ToString())) {
      continue;
    }
    all.push_back(RenderAssignment(*assignment));
  }
  return ShowList(call, std::move(all));
}

Result<std::shared_ptr<const RoleAssignment>> FindAssignment(const Snapshot& snapshot,
                                                             const Call& call) {
  const auto name = Guid::Parse(call.At("name"));
  if (name) {
    const auto found = snapshot.role_assignments.find(*name);
    const bool there = found != snapshot.role_assignments.end() &&
                       EqualsIgnoringCase(found->second->scope, call.scope);
    if (there) return found->second;
  }
  return Refuse(ErrorKind::kNotFound, reasons::kNotFound, "RoleAssignmentNotFound",
                "The role assignment '" + call.At("name") + "' is not found.");
}

Result<Answer> ShowAssignment(const Workplace& at, const Call& call) {
  TRY(const auto assignment, FindAssignment(*at.registry.Read(), call));
  return Answer{200, RenderAssignment(*assignment)};
}

Result<RoleAssignment> ReadAssignment(const Call& call) {
  RoleAssignment made;
  TRY(made.name, GuidIn(call.At("name"), "the role assignment's name"));
  TRY(const auto properties, ObjectMember(call.body, "properties"));
  const json::object& said = properties ? *properties : call.body;
  TRY(const auto role, TextMember(said, "roleDefinitionId"));
  TRY(const auto principal, TextMember(said, "principalId"));
  TRY(const auto type, TextMember(said, "principalType"));
  TRY(made.role, GuidIn(role.value_or(""), "roleDefinitionId"));
  TRY(made.principal_id, GuidIn(principal.value_or(""), "principalId"));
  made.principal_type = type.value_or("ServicePrincipal");
  if (FindRole(made.role)) return made;
  return Refuse(
      ErrorKind::kInvalidRequest, reasons::kContentInvalid, "RoleDefinitionDoesNotExist",
      "The specified role definition with ID '" + made.role.ToString() + "' does not exist.");
}

Result<Answer> PutAssignment(const Workplace& at, const Call& call) {
  TRY(RoleAssignment made, ReadAssignment(call));
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    const auto snapshot = draft.snapshot();
    TRY(made.scope, CheckScope(*snapshot, call.scope));
    if (!snapshot->FindByPrincipalId(made.principal_id)) {
      return Refuse(
          ErrorKind::kInvalidRequest, reasons::kNotFound, "PrincipalNotFound",
          "Principal " + made.principal_id.ToString() + " does not exist in the directory.");
    }
    auto added = draft.AddRoleAssignment(made);
    if (!added) added.error().code = "RoleAssignmentExists";
    return added;
  }));
  return Answer{201, RenderAssignment(made)};
}

Result<Answer> DeleteAssignment(const Workplace& at, const Call& call) {
  json::value gone;
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    const auto assignment = FindAssignment(*draft.snapshot(), call);
    gone = nullptr;
    if (!assignment) return {};
    gone = RenderAssignment(**assignment);
    return draft.RemoveRoleAssignment((*assignment)->name);
  }));
  return Answer{gone.is_null() ? 204 : 200, std::move(gone)};
}

}  // namespace

void AddRoleRoutes(std::vector<Route>* routes) {
  constexpr std::string_view kRead = "Microsoft.Authorization/roleAssignments/read";
  constexpr std::string_view kReadRole = "Microsoft.Authorization/roleDefinitions/read";
  const std::vector<Route> all{
      {"GET", "{scope...}|/providers/Microsoft.Authorization/roleDefinitions", Rule::kAction,
       kReadRole, ListDefinitions},
      {"GET", "{scope...}|/providers/Microsoft.Authorization/roleDefinitions/{name}", Rule::kAction,
       kReadRole, ShowDefinition},
      {"GET", "{scope...}|/providers/Microsoft.Authorization/roleAssignments", Rule::kAction, kRead,
       ListAssignments},
      {"GET", "{scope...}|/providers/Microsoft.Authorization/roleAssignments/{name}", Rule::kAction,
       kRead, ShowAssignment},
      {"PUT", "{scope...}|/providers/Microsoft.Authorization/roleAssignments/{name}", Rule::kAction,
       "Microsoft.Authorization/roleAssignments/write", PutAssignment},
      {"DELETE", "{scope...}|/providers/Microsoft.Authorization/roleAssignments/{name}",
       Rule::kAction, "Microsoft.Authorization/roleAssignments/delete", DeleteAssignment}};
  routes->insert(routes->end(), all.begin(), all.end());
}

}  // namespace openimds::arm
