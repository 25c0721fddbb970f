// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attribution/attributor.h"

namespace openimds {

// Whoever calls from a context id over vsock is the machine that the id is attached to: the
// hypervisor's kernel side gives the id, the guest cannot choose it.
class VsockAttributor final : public Attributor {
 public:
  Result<std::shared_ptr<const MachineEntry>> Attribute(const Peer& peer,
                                                        const Snapshot& snapshot) const override;
  std::string_view Way(const Peer& peer) const override;
};

}  // namespace openimds
