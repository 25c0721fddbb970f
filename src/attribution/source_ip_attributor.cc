// SPDX-License-Identifier: Apache-2.0
#include "attribution/source_ip_attributor.h"

#include "attribution/attached_machine.h"

namespace openimds {

constexpr unsigned kLoopbackIndex = 1;  // of every network namespace

std::string_view SourceIpAttributor::Way(const Peer& peer) const {
  return CameBy(peer, kSourceIpDoor) ? ToText(AttachmentWay::kSourceIp) : "";
}

Result<std::shared_ptr<const MachineEntry>> SourceIpAttributor::Attribute(
    const Peer& peer, const Snapshot& snapshot) const {
  if (!CameBy(peer, kSourceIpDoor)) return std::shared_ptr<const MachineEntry>();
  if (!peer.address) return WitnessesDisagree("it has no address");
  if (peer.link.arrived_on == kLoopbackIndex) {
    return WitnessesDisagree("it calls from a guest's address, but from this host itself");
  }
  return FindAttached(snapshot, ClaimOf(AttachmentWay::kSourceIp, peer.address->ToString()),
                      Guid());
}

}  // namespace openimds
