// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "registry/snapshot.h"

// Who may do what where, as the resource manager judges it: a principal's role assignments, each
// good in its scope and in all that lies under it; a role's actions without its notActions. One
// role that allows it is enough. Pure.
namespace openimds {

struct RoleDefinition {
  std::string_view name;  // a GUID, Azure's own
  std::string_view role_name;
  std::string_view description;
  std::vector<std::string_view> actions;
  std::vector<std::string_view> not_actions;
};

// Those that the documentation lists; there are no others.
std::span<const RoleDefinition> RoleDefinitions();
// Null if there is none.
const RoleDefinition* FindRole(const Guid& name);
const RoleDefinition* FindRoleNamed(std::string_view role_name);  // in any case

// `*` in a pattern stands for anything, also for several segments. Case does not count.
bool MatchesAction(std::string_view pattern, std::string_view action);
bool RoleAllows(const RoleDefinition& role, std::string_view action);

// `scope` is `/`, or an id; one that lies under `outer`, or is it.
bool IsInScope(std::string_view outer, std::string_view scope);

bool MayAct(const Snapshot& snapshot, const Guid& principal_id, std::string_view action,
            std::string_view scope);
// Whether it may do that anywhere in the scope: what lists show a little of.
bool MayActInside(const Snapshot& snapshot, const Guid& principal_id, std::string_view action,
                  std::string_view scope);

}  // namespace openimds
