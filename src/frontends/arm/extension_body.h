// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <boost/json/object.hpp>

#include "base/result.h"

namespace openimds::arm {

// What is kept of an extension's properties, of a machine or in the model of a scale set: no
// protected settings, they are nobody's to see again, and nothing that follows from something else.
// Fails with kContentInvalid where a member is missing, or where the extension of managed
// identities names no port. Pure.
Result<boost::json::object> ReadExtensionProperties(const std::optional<boost::json::object>& said);

}  // namespace openimds::arm
