// SPDX-License-Identifier: Apache-2.0
#include "registry/roles.h"

#include <algorithm>
#include <string>

#include "base/text.h"

namespace openimds {
namespace {

// Names, GUIDs and rights as Azure publishes them.
const std::vector<RoleDefinition>& Table() {
  static const std::vector<RoleDefinition> table{
      {"8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
       "Owner",
       "Everything, and giving others rights.",
       {"*"},
       {}},
      {"b24988ac-6180-42a0-ab88-20f7382dd24c",
       "Contributor",
       "Everything but giving others rights.",
       {"*"},
       {"Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write",
        "Microsoft.Authorization/elevateAccess/Action"}},
      {"acdd72a7-3385-48ef-bd42-f606fba81ae7",
       "Reader",
       "Seeing everything, changing nothing.",
       {"*/read"},
       {}},
      {"18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
       "User Access Administrator",
       "Seeing everything, and giving others rights.",
       {"*/read", "Microsoft.Authorization/*"},
       {}},
      {"f1a07417-d97a-45cb-824c-7a7467783830",
       "Managed Identity Operator",
       "Seeing user-assigned identities and assigning them.",
       {"Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
        "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
        "Microsoft.Authorization/*/read", "Microsoft.Resources/subscriptions/resourceGroups/read",
        "Microsoft.Resources/deployments/*"},
       {}},
      {"e40ec5ca-96e0-45a2-b4ff-59039f2c2b59",
       "Managed Identity Contributor",
       "Making, changing and deleting user-assigned identities.",
       {"Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
        "Microsoft.ManagedIdentity/userAssignedIdentities/*/write",
        "Microsoft.ManagedIdentity/userAssignedIdentities/*/delete",
        "Microsoft.Authorization/*/read", "Microsoft.Resources/subscriptions/resourceGroups/read",
        "Microsoft.Resources/deployments/*"},
       {}},
      {"9980e02c-c2be-4d73-94e8-173b1dc7cf3c",
       "Virtual Machine Contributor",
       "Everything about machines and scale sets, but not the identities they get.",
       {"Microsoft.Authorization/*/read", "Microsoft.Compute/*", "Microsoft.Network/*/read",
        "Microsoft.Network/networkInterfaces/*", "Microsoft.Resources/deployments/*",
        "Microsoft.Resources/subscriptions/resourceGroups/read"},
       {}}};
  return table;
}

// Linear: a `*` that failed is widened, never tried anew from the start.
bool MatchesGlob(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && ToLowerAscii(pattern[p]) == ToLowerAscii(text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

template <class Judge>
bool AnyRole(const Snapshot& snapshot, const Guid& principal_id, std::string_view action,
             Judge in_scope) {
  return std::any_of(snapshot.role_assignments.begin(), snapshot.role_assignments.end(),
                     [&](const auto& one) {
                       const RoleAssignment& assignment = *one.second;
                       if (assignment.principal_id != principal_id) return false;
                       const RoleDefinition* role = FindRole(assignment.role);
                       return role && RoleAllows(*role, action) && in_scope(assignment.scope);
                     });
}

}  // namespace

std::span<const RoleDefinition> RoleDefinitions() { return Table(); }

const RoleDefinition* FindRole(const Guid& name) {
  const std::string text = name.ToString();
  for (const RoleDefinition& role : Table()) {
    if (role.name == text) return &role;
  }
  return nullptr;
}

const RoleDefinition* FindRoleNamed(std::string_view role_name) {
  for (const RoleDefinition& role : Table()) {
    if (EqualsIgnoringCase(role.role_name, role_name)) return &role;
  }
  return nullptr;
}

bool MatchesAction(std::string_view pattern, std::string_view action) {
  if (MatchesGlob(pattern, action)) return true;
  // `userAssignedIdentities/*/read` is meant for the identities themselves, too.
  const std::size_t inner = pattern.find("/*/");
  if (inner == std::string_view::npos) return false;
  const std::string without =
      std::string(pattern.substr(0, inner)) + std::string(pattern.substr(inner + 2));
  return MatchesGlob(without, action);
}

bool RoleAllows(const RoleDefinition& role, std::string_view action) {
  const auto matches = [&](std::string_view pattern) { return MatchesAction(pattern, action); };
  return std::any_of(role.actions.begin(), role.actions.end(), matches) &&
         std::none_of(role.not_actions.begin(), role.not_actions.end(), matches);
}

bool IsInScope(std::string_view outer, std::string_view scope) {
  if (outer == "/") return true;
  if (!StartsWithIgnoringCase(scope, outer)) return false;
  return scope.size() == outer.size() || scope[outer.size()] == '/';
}

bool MayAct(const Snapshot& snapshot, const Guid& principal_id, std::string_view action,
            std::string_view scope) {
  return AnyRole(snapshot, principal_id, action,
                 [&](const std::string& outer) { return IsInScope(outer, scope); });
}

bool MayActInside(const Snapshot& snapshot, const Guid& principal_id, std::string_view action,
                  std::string_view scope) {
  return AnyRole(snapshot, principal_id, action, [&](const std::string& one) {
    return IsInScope(one, scope) || IsInScope(scope, one);
  });
}

}  // namespace openimds
