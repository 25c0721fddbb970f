// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "model/entities.h"

// Which machines belong together, as their profiles say (`compute.virtualMachineScaleSet.id`,
// `compute.vmScaleSetName`, `compute.placementGroupId`).
namespace openimds {

// The resource id of the machine's scale set in lower case; empty if it is in none. A profile that
// says only a name means the scale set of that name in the machine's resource group.
std::string ScaleSetKeyOf(const Machine& machine);

// What machines of one placement group of one scale set have in common; empty for a machine in no
// scale set. Each of them hears of what happens to the others.
std::string PlacementGroupKeyOf(const Machine& machine);

}  // namespace openimds
