// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "arm/evaluator.h"
#include "arm/template.h"

namespace openimds::templates {

// The name of an output as ARM gives it back: `VMSS` is `vmss`, `VmId` is `vmId`.
std::string CamelCase(std::string_view name);

// What can be found wrong with a template's outputs before anything is deployed.
Result<void> CheckOutputs(const Template& source, EvaluationContext context);

// `{"name":{"type","value"}}`. Secure outputs have no value; those whose condition is false are
// left out. Fails with reasons::kTemplateInvalid for a value of another type.
Result<boost::json::object> EvaluateOutputs(const Template& source, EvaluationContext context);

}  // namespace openimds::templates
