// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/value.hpp>

#include "arm/template.h"

namespace openimds::templates {

// Whether a value is one that the parameter takes: type, allowedValues, bounds. Fails with
// reasons::kTemplateParameter; the message never shows the value of a secure one.
Result<void> CheckParameterValue(const TemplateParameter& parameter,
                                 const boost::json::value& value);

}  // namespace openimds::templates
