// SPDX-License-Identifier: Apache-2.0
#include "attribution/attributor_chain.h"

#include "base/reasons.h"

namespace openimds {

Result<std::shared_ptr<const MachineEntry>> AttributorChain::Attribute(
    const Peer& peer, const Snapshot& snapshot) const {
  for (const auto& link : links_) {
    TRY(auto machine, link->Attribute(peer, snapshot));
    if (machine) return machine;
  }
  return Fail(ErrorKind::kForbidden, reasons::kNotAttached,
              "no machine is known by the way of this caller");
}

std::string_view AttributorChain::Way(const Peer& peer) const {
  for (const auto& link : links_) {
    if (const auto way = link->Way(peer); !way.empty()) return way;
  }
  return {};
}

}  // namespace openimds
