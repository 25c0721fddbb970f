// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace openimds::cli {

// One machine, as the operation "machine.show" answers it, for people.
std::string MachineTable(const boost::json::value& machine);

// All identities of a machine, its own one first. Ids are long and stand in the JSON.
std::string IdentityTable(const boost::json::value& block);

}  // namespace openimds::cli
