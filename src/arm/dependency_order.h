// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"

namespace openimds::templates {

// An order in which each comes after all that it depends on; as near to the given order as that
// allows. `names` are for the message. Fails with reasons::kTemplateCycle, naming one cycle whole.
Result<std::vector<std::size_t>> OrderByDependencies(
    const std::vector<std::vector<std::size_t>>& depends_on, const std::vector<std::string>& names);

}  // namespace openimds::templates
