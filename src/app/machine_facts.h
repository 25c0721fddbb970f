// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "base/guid.h"
#include "net/interface_addresses.h"

namespace openimds {

// What a Linux machine shows to whoever runs on it.
struct MachineFacts {
  std::optional<Guid> vm_id;    // the firmware's UUID; only root may read it
  boost::json::object profile;  // in the shape of a MachineProfile, which accepts it
};

// Reads firmware tables (/sys/class/dmi), /etc/os-release, network interfaces and disks below
// `root`, which is `/` but in tests. What cannot be read is left out: nothing here fails.
//
// Interfaces are those with a device behind them, or, in a container, all that look like a network
// card; in the kernel's order. The disk that holds `/` is the OS disk, the others are data disks.
MachineFacts ReadMachineFacts(const std::filesystem::path& root, const std::string& host_name,
                              const std::vector<InterfaceAddress>& addresses);

}  // namespace openimds
