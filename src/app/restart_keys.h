// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "app/config.h"

namespace openimds {

// The configuration's keys in which `next` differs from `current` and that are read only when the
// service starts. Empty if a reload can take over all of `next`. Pure.
std::vector<std::string> KeysThatNeedARestart(const Config& current, const Config& next);

}  // namespace openimds
