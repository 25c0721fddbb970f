// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/entities.h"
#include "model/resource_document.h"
#include "model/role_assignment.h"
#include "store/store.h"

// What the resource manager keeps, as records. As strict as records.h, but for what is in a
// document: that is somebody else's, and any JSON object that nests at most kMaxDocumentDepth deep.
namespace openimds {

inline constexpr std::string_view kDocumentKind = "document";
inline constexpr std::string_view kRoleAssignmentKind = "role_assignment";
inline constexpr std::string_view kAdministratorKind = "administrator";
inline constexpr std::size_t kMaxDocumentDepth = 64;

inline constexpr std::string_view kScaleSetKind = "scale_set";
Change RenderChange(const ScaleSet& scale_set);
Result<ScaleSet> ParseScaleSet(const Record& record);

Change RenderChange(const ResourceDocument& document);
Change RenderChange(const RoleAssignment& assignment);
Change RenderAdministrator(const Identity& administrator);

Result<ResourceDocument> ParseDocument(const Record& record);
Result<RoleAssignment> ParseRoleAssignment(const Record& record);
Result<Identity> ParseAdministrator(const Record& record);

}  // namespace openimds
