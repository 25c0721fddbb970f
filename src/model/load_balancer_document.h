// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <boost/json/object.hpp>

#include "model/entities.h"

namespace openimds {

// What a machine shows of the load balancer that it is behind, every field of LoadBalancerFields()
// in its order, ports as numbers; nothing if its profile says none. Public addresses that are not
// said are those of the machine's own interfaces. Pure.
std::optional<boost::json::object> LoadBalancerDocument(const Machine& machine);

}  // namespace openimds
