// SPDX-License-Identifier: Apache-2.0
#include "attribution/source_ip_attributor.h"

#include "attribution/attached_machine.h"

namespace openimds {

std::string_view SourceIpAttributor::Way(const Peer& peer) const {
  return CameBy(peer, kSourceIpDoor) ? ToText(AttachmentWay::kSourceIp) : "";
}

Result<std::shared_ptr<const MachineEntry>> SourceIpAttributor::Attribute(
    const Peer& peer, const Snapshot& snapshot) const {
  if (!CameBy(peer, kSourceIpDoor)) return std::shared_ptr<const MachineEntry>();
  if (!peer.address) return WitnessesDisagree("it has no address");
  const unsigned device = peer.place->device;
  if (device == 0 || peer.link.bound_device != device) {
    return WitnessesDisagree("the listener is not bound to the device that it was opened for");
  }
  if (peer.link.arrived_on != 0 && peer.link.arrived_on != device) {
    return WitnessesDisagree("its packet came in by another device than its listener hears");
  }
  return FindAttached(snapshot, ClaimOf(AttachmentWay::kSourceIp, peer.address->ToString()),
                      Guid());
}

}  // namespace openimds
