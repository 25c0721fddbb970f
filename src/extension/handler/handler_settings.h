// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/result.h"

namespace openimds::extension {

// One `N.settings`, taken apart and not yet understood.
struct HandlerSettings {
  boost::json::object public_settings;  // empty where there are none
  std::string protected_settings;       // the CMS envelope in DER; empty where there are none
  std::string thumbprint;               // whose key opens it; in capitals, 40 hexadecimal digits
};

// Whatever any agent writes: no bytes at all, `null`, `{}`, an empty array, names that are missing
// or null, text settings in a string. Protected settings that are null, empty or an empty object
// are none (an empty object once cost people their port). Fails with kHandlerSettings
// (kInvalidRequest), saying what was expected, never quoting a value. Pure.
Result<HandlerSettings> ParseHandlerSettings(std::string_view text);

}  // namespace openimds::extension
