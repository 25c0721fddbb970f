// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>

#include "base/result.h"
#include "frontends/arm/resource.h"
#include "model/resource_id.h"
#include "registry/draft.h"

// Network interfaces are kept as they were given. Two things they know of the machine that names
// them: which it is, and what it says of its addresses.
namespace openimds::arm {

bool IsNetworkInterface(const ResourceId& id);

// Makes the interfaces that `now`, the document of the machine, names its own, and lets go of those
// that only `before` names. An interface that is not there is none of ours. Fails with kInUse where
// another machine has one, and with kNotAuthorized where the caller may not join one that is new.
Result<void> LinkInterfaces(Draft& draft, const Call& call, const ResourceId& machine,
                            const boost::json::object& before, const boost::json::object& now);
// Lets go of all that `document` names.
Result<void> FreeInterfaces(Draft& draft, const boost::json::object& document);

// Adds the MAC address and the private address that its machine shows in its metadata, where
// nothing is said of them; and takes away a machine that is gone.
void AddAddresses(const Scene& scene, boost::json::object* shown);

}  // namespace openimds::arm
