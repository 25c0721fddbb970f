// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/result.h"
#include "frontends/arm/route.h"

namespace openimds::arm {

// Asks a route as the operator of this machine, who may do everything: the same as a request would,
// without HTTP and without a principal. `path` begins with a slash and has no query. The answer is
// the route's body, null if it has none. Fails as the route does.
Result<boost::json::value> AskAsOperator(const Workplace& at, std::string_view method,
                                         std::string_view path, const boost::json::object& body);

}  // namespace openimds::arm
