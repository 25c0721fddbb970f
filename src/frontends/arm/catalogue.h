// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

// What kinds of resources there are. Pure.
namespace openimds::arm {

struct Provider {
  std::string_view name;  // `Microsoft.Compute`
  std::vector<std::string_view> types;
};

std::span<const Provider> Providers();
// In any case; null if there is none.
const Provider* FindProvider(std::string_view name);

// `Microsoft.Network/virtualNetworks/subnets` as it is spelt, for any spelling; empty for what is
// no type.
std::string CanonicalType(std::string_view type);

// False for what has routes of its own: it is never kept as it was given.
bool IsKeptAsGiven(std::string_view canonical_type);

}  // namespace openimds::arm
