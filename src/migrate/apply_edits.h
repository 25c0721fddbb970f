// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "migrate/finding.h"

namespace openimds::migrate {

// The text with the edits of all findings applied. Edits that several findings share count once. A
// finding whose edits meet another's half-way loses its own and gets a reason for `by_hand`, so
// that afterwards exactly the findings with edits (or with `rewritten_with_another`) are rewritten.
std::string ApplyEdits(std::string_view text, std::vector<Finding>* findings);

}  // namespace openimds::migrate
