// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace openimds {

// An Azure resource id: `/subscriptions/{guid}`, `…/resourceGroups/{name}`, or
// `…/resourceGroups/{name}/providers/{namespace}/{type}/{name}[/{type}/{name}]…`.
//
// Compared without case, printed as it was created. Immutable.
class ResourceId {
 public:
  // At most 1,024 bytes; each name 1 to 90 characters of letters, digits and `-_.()`, not ending
  // with a dot. Fails with reasons::kResourceIdInvalid, saying which part is wrong.
  static Result<ResourceId> Parse(std::string_view text);

  static Result<ResourceId> ForSubscription(std::string_view subscription);
  static Result<ResourceId> ForResourceGroup(std::string_view subscription, std::string_view group);
  static Result<ResourceId> ForMachine(const ResourceId& group, std::string_view name);
  static Result<ResourceId> ForUserAssignedIdentity(const ResourceId& group, std::string_view name);
  // Administrators are no resources: the group in their id need not exist.
  static Result<ResourceId> ForAdministrator(std::string_view subscription, std::string_view name);

  const std::string& text() const { return text_; }
  // What two ids are compared by: the text in lower case.
  const std::string& key() const { return key_; }

  std::string_view subscription() const;    // as written
  std::string_view resource_group() const;  // empty for a subscription's id
  std::string_view type() const;            // `Microsoft.Compute/virtualMachines`; empty if none
  std::string_view name() const;            // the last segment
  // True for an instance of a scale set, and then the scale set's id.
  bool IsInstance() const;
  ResourceId ScaleSetId() const;       // REQUIRES: IsInstance()
  ResourceId ResourceGroupId() const;  // REQUIRES: resource_group() is not empty

  friend bool operator==(const ResourceId& a, const ResourceId& b) { return a.key_ == b.key_; }
  friend bool operator<(const ResourceId& a, const ResourceId& b) { return a.key_ < b.key_; }

 private:
  explicit ResourceId(std::string text);

  std::string text_;
  std::string key_;
};

inline constexpr std::string_view kVirtualMachineType = "Microsoft.Compute/virtualMachines";
inline constexpr std::string_view kScaleSetType = "Microsoft.Compute/virtualMachineScaleSets";
inline constexpr std::string_view kUserAssignedIdentityType =
    "Microsoft.ManagedIdentity/userAssignedIdentities";
inline constexpr std::string_view kAdministratorType = "OpenIMDS.Directory/administrators";

}  // namespace openimds
