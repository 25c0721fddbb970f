// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/result.h"
#include "frontends/control/arguments.h"
#include "model/machine_profile.h"

// What `machine.create` and `machine.update` take about what a machine shows of itself.
namespace openimds::control {

// `profile` (a whole one, as JSON text), and one argument for each value that people say often.
std::vector<ArgumentRule> ProfileArguments();

bool HasProfileArguments(const Arguments& arguments);

// A whole profile takes the place of what was said before; single values are said on top of that.
// Fails with kProfileInvalid or kArgumentInvalid, naming the value; `profile` is of no use then.
Result<void> EditProfile(const Arguments& arguments, MachineProfile* profile);

}  // namespace openimds::control
