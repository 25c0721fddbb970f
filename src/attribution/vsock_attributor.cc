// SPDX-License-Identifier: Apache-2.0
#include "attribution/vsock_attributor.h"

#include <string>

#include "attribution/attached_machine.h"

namespace openimds {

std::string_view VsockAttributor::Way(const Peer& peer) const {
  return CameBy(peer, kVsockDoor) ? ToText(AttachmentWay::kVsock) : "";
}

Result<std::shared_ptr<const MachineEntry>> VsockAttributor::Attribute(
    const Peer& peer, const Snapshot& snapshot) const {
  if (!CameBy(peer, kVsockDoor)) return std::shared_ptr<const MachineEntry>();
  if (!peer.cid) return WitnessesDisagree("it has no context id");
  return FindAttached(snapshot, ClaimOf(AttachmentWay::kVsock, std::to_string(*peer.cid)), Guid());
}

}  // namespace openimds
