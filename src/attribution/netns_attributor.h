// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attribution/attributor.h"

namespace openimds {

// Whoever reaches a listener inside a network namespace is the machine that the namespace is
// attached to: right for containers and sandboxes, one namespace each.
//
// Unless the attachment allows it, only the namespace's own processes reach that listener, which is
// bound to its loopback device: a neighbour that has made the namespace its router does not.
//
// Witnesses: the listener that was opened there, and the cookie of the namespace that the accepted
// socket is in (from Linux 5.14 on).
class NetnsAttributor final : public Attributor {
 public:
  Result<std::shared_ptr<const MachineEntry>> Attribute(const Peer& peer,
                                                        const Snapshot& snapshot) const override;
  std::string_view Way(const Peer& peer) const override;
};

}  // namespace openimds
