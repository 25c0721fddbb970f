// SPDX-License-Identifier: Apache-2.0
#include "attribution/interface_attributor.h"

#include "attribution/attached_machine.h"

namespace openimds {

constexpr std::string_view kKind = "device:";

std::string_view InterfaceAttributor::Way(const Peer& peer) const {
  return CameBy(peer, kKind) ? ToText(AttachmentWay::kInterface) : "";
}

Result<std::shared_ptr<const MachineEntry>> InterfaceAttributor::Attribute(
    const Peer& peer, const Snapshot& snapshot) const {
  if (!CameBy(peer, kKind)) return std::shared_ptr<const MachineEntry>();
  const ListeningPlace& place = *peer.place;
  if (place.device == 0 || peer.link.bound_device != place.device) {
    return WitnessesDisagree("the listener is not bound to the device that it was opened for");
  }
  if (peer.link.arrived_on != 0 && peer.link.arrived_on != place.device) {
    return WitnessesDisagree("its packet came in by another device than its listener hears");
  }
  return FindAttached(snapshot, place.claim, place.attachment);
}

}  // namespace openimds
