// SPDX-License-Identifier: Apache-2.0
#include "attribution/bridge_port_attributor.h"

#include "attribution/attached_machine.h"
#include "base/reasons.h"

namespace openimds {

std::string_view BridgePortAttributor::Way(const Peer& peer) const {
  return CameBy(peer, kBridgeDoor) ? ToText(AttachmentWay::kBridgePort) : "";
}

Result<std::shared_ptr<const MachineEntry>> BridgePortAttributor::Attribute(
    const Peer& peer, const Snapshot& snapshot) const {
  if (!CameBy(peer, kBridgeDoor)) return std::shared_ptr<const MachineEntry>();
  const ListeningPlace& place = *peer.place;
  if (peer.link.arrived_on != 0 && peer.link.arrived_on != place.device) {
    return WitnessesDisagree("its packet came in by another bridge than its listener hears");
  }
  const std::shared_ptr<const BridgeMarks>& marks = marks_.Read();
  const auto port = marks->find(peer.link.mark);
  if (port == marks->end()) {
    return Fail(ErrorKind::kForbidden, reasons::kNotAttached,
                "no machine is known by this port of the bridge: none is attached to it");
  }
  if (port->second.bridge != place.device) {
    return WitnessesDisagree("its mark is that of another bridge's port");
  }
  return FindAttached(snapshot, port->second.claim, port->second.attachment);
}

}  // namespace openimds
