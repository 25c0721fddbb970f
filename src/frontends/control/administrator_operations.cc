// SPDX-License-Identifier: Apache-2.0
// Administrators of the resource manager.
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/reasons.h"
#include "frontends/control/operation.h"
#include "registry/administrators.h"
#include "registry/roles.h"

namespace openimds::control {
namespace {

namespace json = boost::json;

json::array RolesOf(const Snapshot& snapshot, const Identity& administrator) {
  json::array roles;
  for (const auto& [name, assignment] : snapshot.role_assignments) {
    if (assignment->principal_id != administrator.principal_id) continue;
    const RoleDefinition* role = FindRole(assignment->role);
    roles.push_back(
        json::object{{"role", role ? std::string(role->role_name) : assignment->role.ToString()},
                     {"scope", assignment->scope}});
  }
  return roles;
}

json::object ToJson(const Snapshot& snapshot, const Identity& administrator) {
  return {{"name", administrator.id.name()},
          {"clientId", administrator.client_id.ToString()},
          {"principalId", administrator.principal_id.ToString()},
          {"tenantId", administrator.tenant_id.ToString()},
          {"roles", RolesOf(snapshot, administrator)}};
}

json::object ToJson(const Snapshot& snapshot, const AdministratorCredential& made) {
  json::object answer = ToJson(snapshot, made.administrator);
  answer["secretText"] = std::string(made.secret.RevealSecret());
  return answer;
}

Result<std::string> ScopeOf(const Snapshot& snapshot, const Arguments& arguments) {
  const std::string scope = arguments.FindText("scope").value_or("/");
  if (scope == "/") return scope;
  const auto id = ResourceId::Parse(scope);
  if (!id) return BadArgument("scope", id.error().message);
  const auto subscription = ResourceId::ForSubscription(id->subscription());
  if (subscription && snapshot.subscriptions.contains(subscription->key())) return id->text();
  return BadArgument("scope", "there is no such subscription");
}

Result<json::value> Create(const Workplace& at, const Arguments& arguments, std::string_view) {
  const std::string role_name = arguments.FindText("role").value_or("Owner");
  const RoleDefinition* role = FindRoleNamed(role_name);
  if (!role) {
    std::string names;
    for (const RoleDefinition& one : RoleDefinitions()) {
      names.append(names.empty() ? "" : ", ").append(one.role_name);
    }
    return BadArgument("role", "expected one of " + names + ", got '" + role_name + "'");
  }
  TRY(const std::string scope, ScopeOf(*at.registry.Read(), arguments));
  TRY(const auto made, MakeAdministrator(at.registry, arguments.Text("name"),
                                         *Guid::Parse(role->name), scope, at.clock.Now()));
  return ToJson(*at.registry.Read(), made);
}

Result<json::value> Rotate(const Workplace& at, const Arguments& arguments, std::string_view) {
  TRY(const auto made, RotateAdministrator(at.registry, arguments.Text("name"), at.clock.Now()));
  if (at.keep_administrator) TRY_VOID(at.keep_administrator(made));
  return ToJson(*at.registry.Read(), made);
}

Result<json::value> List(const Workplace& at, const Arguments&, std::string_view) {
  const auto snapshot = at.registry.Read();
  json::array list;
  for (const auto& [key, administrator] : snapshot->administrators) {
    list.push_back(ToJson(*snapshot, *administrator));
  }
  return list;
}

Result<json::value> Delete(const Workplace& at, const Arguments& arguments, std::string_view) {
  TRY(const auto administrator, FindAdministrator(*at.registry.Read(), arguments.Text("name")));
  TRY_VOID(
      at.registry.Edit([&](Draft& draft) { return draft.RemoveAdministrator(administrator->id); }));
  return json::object{{"deleted", administrator->id.name()}};
}

}  // namespace

std::vector<Operation> AdministratorOperations() {
  const ArgumentRule name{"name", ArgumentType::kText, true};
  return {{"admin.create",
           Effect::kChanges,
           {name, {"role", ArgumentType::kText}, {"scope", ArgumentType::kText}},
           Create},
          {"admin.rotate", Effect::kChanges, {name}, Rotate},
          {"admin.list", Effect::kReads, {}, List},
          {"admin.delete", Effect::kChanges, {name}, Delete}};
}

}  // namespace openimds::control
