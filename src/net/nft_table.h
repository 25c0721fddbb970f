// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace openimds {

// Whether nftables' family `bridge` has a table of that name, in the network namespace of the
// caller. False only if the kernel says that it has none: who may not ask is told that it is there.
// A few microseconds; never blocks.
bool HasBridgeTable(std::string_view name);

}  // namespace openimds
