// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace openimds::templates {

// What makes `before` into `after`, as ARM's whatIf words it: `[{"path":"properties.a.b",
// "propertyChangeType":"Create|Delete|Modify|Array","before","after","children"}]`. The children of
// an Array have indexes as paths; elements that are all objects with a name are matched by
// it, in any order.
// Locations and resource ids are compared as ARM compares them; an empty object is as good as none.
boost::json::array FindDelta(const boost::json::object& before, const boost::json::object& after);

}  // namespace openimds::templates
