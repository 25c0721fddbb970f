// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attribution/attributor.h"

namespace openimds {

// Whoever calls from an address is the machine that the address is attached to: right on routed
// networks where addresses are unique and nobody can send from another's (docs/attribution/).
//
// There is a listener for each device that no machine is attached to itself; none hears loopback.
// Witnesses besides the address: the device that the listener is bound to, and the one that the
// packet came in by.
class SourceIpAttributor final : public Attributor {
 public:
  Result<std::shared_ptr<const MachineEntry>> Attribute(const Peer& peer,
                                                        const Snapshot& snapshot) const override;
  std::string_view Way(const Peer& peer) const override;
};

}  // namespace openimds
