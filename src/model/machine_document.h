// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>

#include "model/entities.h"

namespace openimds {

// All that a machine shows of itself, every field of InstanceFields() in its order: what the
// machine is, what its profile says, and for the rest what is true of a plain machine. Values that
// nobody knows are empty. Pure.
//
// A machine always has a first interface with an address, as Azure's agent expects: without a
// profile it is 10.0.0.4, with a MAC address that follows from the machine's vmId. An interface
// without a subnet is in the /24 of its first address.
boost::json::object MachineDocument(const Machine& machine);

}  // namespace openimds
