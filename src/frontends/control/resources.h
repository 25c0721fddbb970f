// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/result.h"
#include "frontends/control/operation.h"

// What operations over the resource manager's core share.
namespace openimds::control {

// The resource that a GET, PUT or PATCH of `path` answers with; an empty object for DELETE.
Result<boost::json::object> AskFor(const Workplace& at, std::string_view caller,
                                   std::string_view method, const std::string& path,
                                   const boost::json::object& body = {});
// The elements of a list: its first thousand.
Result<boost::json::array> ListAt(const Workplace& at, std::string_view caller,
                                  const std::string& path);

// Makes the resource group, unless it is there.
Result<void> EnsureGroup(const Workplace& at, const ResourceId& group, const std::string& location);

}  // namespace openimds::control
