// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/guid.h"

namespace openimds {

// That a principal may do what a role allows, in a scope and in all that lies under it.
struct RoleAssignment {
  Guid name;
  std::string scope;  // `/`, or the id of a subscription, a resource group or a resource
  Guid role;          // the role definition's name
  Guid principal_id;
  std::string principal_type;  // `ServicePrincipal`; kept as it was given
};

}  // namespace openimds
