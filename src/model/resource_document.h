// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>

#include "model/resource_id.h"

namespace openimds {

// What the resource manager was told of a resource and has to tell again: tags, properties, and all
// else that means nothing to us. What means something (identities, locations) is in the entity of
// that id, and never here: nothing is kept twice.
struct ResourceDocument {
  ResourceId id;  // of a resource, a child of one, or a resource group
  boost::json::object body;
};

}  // namespace openimds
