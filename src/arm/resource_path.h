// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// Resource ids as templates build them. Unlike model/resource_id.h they may be of any scope
// (tenant, subscription, group, another resource) and are text: what they name need not exist.
namespace openimds::templates {

// `/providers/A.B/vms/v1/extensions/e1` of `A.B/vms/extensions` and `v1/e1`. Fails unless there is
// one name for each type, in the words of ARM ("… has incorrect segment lengths").
Result<std::string> ProviderPath(std::string_view type, std::string_view name);

// The id in a scope, which is `/subscriptions/…` or any id. A resource group's id is as it should
// be.
Result<std::string> MakeResourceId(std::string_view scope, std::string_view type,
                                   std::string_view name);

// An id taken apart at its last `/providers/`, or as a resource group.
struct ResourcePath {
  std::string scope;  // what stands before `/providers/`
  std::string type;   // `A.B/vms/extensions`
  std::string name;   // `v1/e1`
};
// Empty parts if the id has none.
ResourcePath TakeApart(std::string_view id);

// The group's id that an id lies in; empty if it lies in none.
std::string GroupIdOf(std::string_view id);

// Whether it is the id of a resource in a resource group that has no parent resource.
bool IsTopLevel(std::string_view id);

}  // namespace openimds::templates
