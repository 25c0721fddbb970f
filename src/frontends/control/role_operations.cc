// SPDX-License-Identifier: Apache-2.0
// Roles, and who has which where.
#include <string>
#include <utility>

#include "base/reasons.h"
#include "frontends/control/lookup.h"
#include "frontends/control/resources.h"
#include "registry/roles.h"

namespace openimds::control {
namespace {

namespace json = boost::json;

constexpr std::string_view kAssignments = "/providers/Microsoft.Authorization/roleAssignments";
constexpr std::string_view kDefinitions = "/providers/Microsoft.Authorization/roleDefinitions";

std::string At(std::string_view scope, std::string_view rest) {
  return (scope == "/" ? std::string() : std::string(scope)) + std::string(rest);
}

Result<json::value> ListDefinitions(const Workplace& at, const Arguments&,
                                    std::string_view caller) {
  return ListAt(at, caller, std::string(kDefinitions));
}

// What people call a principal: an administrator, an identity, or a machine or scale set that has
// one of its own; nothing where it is gone.
std::string NameOf(const Snapshot& snapshot, std::string_view principal_id) {
  const auto guid = Guid::Parse(principal_id);
  const auto identity = guid ? snapshot.FindByPrincipalId(*guid) : nullptr;
  return identity ? std::string(identity->id.name()) : std::string();
}

Result<Guid> PrincipalIn(const Snapshot& snapshot, const Arguments& arguments) {
  const std::string text = arguments.Text("principal");
  if (const auto guid = Guid::Parse(text)) return *guid;
  for (const auto& [key, administrator] : snapshot.administrators) {
    if (administrator->id.name() == text) return administrator->principal_id;
  }
  if (const auto found = FindScaleSet(snapshot, "principal", text); found) {
    if ((*found)->system_assigned) return (*found)->system_assigned->principal_id;
  }
  TRY(const auto identity, FindAnyIdentity(snapshot, "principal", text));
  return identity->principal_id;
}

Result<const RoleDefinition*> RoleIn(const Arguments& arguments) {
  const std::string text = arguments.Text("role");
  const auto guid = Guid::Parse(text);
  const RoleDefinition* role = guid ? FindRole(*guid) : FindRoleNamed(text);
  if (role) return role;
  std::string names;
  for (const RoleDefinition& one : RoleDefinitions()) {
    names.append(names.empty() ? "" : ", ").append(one.role_name);
  }
  return BadArgument("role", "expected one of " + names + ", got '" + text + "'");
}

// An assignment, with names where the resource manager has GUIDs.
json::object Described(const Snapshot& snapshot, json::object shown) {
  const json::object properties = shown.at("properties").get_object();
  const std::string principal(properties.at("principalId").get_string());
  const std::string definition(properties.at("roleDefinitionId").get_string());
  const auto guid = Guid::Parse(definition.substr(definition.rfind('/') + 1));
  const RoleDefinition* role = guid ? FindRole(*guid) : nullptr;
  return {{"id", shown.at("id")},
          {"name", shown.at("name")},
          {"role", role ? std::string(role->role_name) : definition},
          {"scope", properties.at("scope")},
          {"principalId", principal},
          {"principalName", NameOf(snapshot, principal)}};
}

Result<json::value> Create(const Workplace& at, const Arguments& arguments,
                           std::string_view caller) {
  const auto snapshot = at.registry.Read();
  TRY(const Guid principal, PrincipalIn(*snapshot, arguments));
  TRY(const RoleDefinition* role, RoleIn(arguments));
  const std::string scope = arguments.FindText("scope").value_or("/");
  TRY(json::object made,
      AskFor(at, caller, "PUT", At(scope, kAssignments) + "/" + Guid::Random().ToString(),
             {{"properties", json::object{{"roleDefinitionId",
                                           At(scope, kDefinitions) + "/" + std::string(role->name)},
                                          {"principalId", principal.ToString()}}}}));
  return Described(*snapshot, std::move(made));
}

Result<json::value> List(const Workplace& at, const Arguments& arguments, std::string_view caller) {
  const auto snapshot = at.registry.Read();
  const std::string scope = arguments.FindText("scope").value_or("/");
  std::optional<Guid> principal;
  if (arguments.FindText("principal")) {
    TRY(principal, PrincipalIn(*snapshot, arguments));
  }
  TRY(json::array some, ListAt(at, caller, At(scope, kAssignments)));
  json::array all;
  for (json::value& one : some) {
    json::object described = Described(*snapshot, std::move(one.get_object()));
    if (principal && described.at("principalId") != json::value(principal->ToString())) continue;
    all.push_back(std::move(described));
  }
  return all;
}

Result<json::value> Delete(const Workplace& at, const Arguments& arguments,
                           std::string_view caller) {
  const std::string name = arguments.Text("assignment");
  const auto guid = Guid::Parse(name.substr(name.rfind('/') + 1));
  const auto snapshot = at.registry.Read();
  const auto found =
      guid ? snapshot->role_assignments.find(*guid) : snapshot->role_assignments.end();
  if (found == snapshot->role_assignments.end()) {
    return Fail(ErrorKind::kNotFound, reasons::kNotFound,
                "no role assignment is named '" + name + "'");
  }
  const std::string path = At(found->second->scope, kAssignments) + "/" + guid->ToString();
  TRY_VOID(AskFor(at, caller, "DELETE", path));
  return json::object{{"deleted", path}};
}

}  // namespace

std::vector<Operation> RoleOperations() {
  return {{"role.definitions", Effect::kReads, {}, ListDefinitions},
          {"role.assignment.create",
           Effect::kChanges,
           {{"principal", ArgumentType::kText, true},
            {"role", ArgumentType::kText, true},
            {"scope", ArgumentType::kText}},
           Create},
          {"role.assignment.list",
           Effect::kReads,
           {{"principal", ArgumentType::kText}, {"scope", ArgumentType::kText}},
           List},
          {"role.assignment.delete",
           Effect::kChanges,
           {{"assignment", ArgumentType::kText, true}},
           Delete}};
}

}  // namespace openimds::control
