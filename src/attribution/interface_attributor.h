// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attribution/attributor.h"

namespace openimds {

// Whoever calls by a device is the machine that the device is attached to: right where one guest is
// at the other end of it (a tap, a veth). Its addresses do not matter; two guests may have the
// same.
//
// Witnesses: the device that the listener is bound to, and the one that the packet came in by.
class InterfaceAttributor final : public Attributor {
 public:
  Result<std::shared_ptr<const MachineEntry>> Attribute(const Peer& peer,
                                                        const Snapshot& snapshot) const override;
  std::string_view Way(const Peer& peer) const override;
};

}  // namespace openimds
