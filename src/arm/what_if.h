// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>

#include "arm/deployment.h"
#include "base/result.h"

namespace openimds::templates {

enum class WhatIfFormat { kFullResourcePayloads, kResourceIdOnly };

// What a plan would change, in the shape of ARM's whatIf answer:
// `{"status":"Succeeded","properties":{"changes":[{"resourceId","changeType",…}]}}`, by id.
//
// changeType: Create, Modify (with `delta`), NoChange; Delete for what complete mode takes away;
// Ignore for what is there and stays as it is; Deploy (kResourceIdOnly) for what is put again;
// Unsupported for nested templates that wait for what is not there yet. `before` and `after` are
// without secrets and without what the service fills in. Expressions with reference() are
// evaluated if what they name exists; else they stand there as text.
//
// Changes nothing. Fails only if the state cannot be read.
Result<boost::json::object> WhatIf(const DeploymentPlan& plan, ResourceState& state,
                                   WhatIfFormat format = WhatIfFormat::kFullResourcePayloads);

}  // namespace openimds::templates
