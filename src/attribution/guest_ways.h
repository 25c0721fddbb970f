// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "attribution/attributor.h"
#include "attribution/bridge_port_attributor.h"
#include "base/published.h"

namespace openimds {

// All ways of knowing an attached machine, asked one after the other. `marks` must outlive it.
std::shared_ptr<const Attributor> MakeGuestAttributor(const Published<BridgeMarks>& marks);

}  // namespace openimds
