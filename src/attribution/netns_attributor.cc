// SPDX-License-Identifier: Apache-2.0
#include "attribution/netns_attributor.h"

#include "attribution/attached_machine.h"

namespace openimds {

constexpr std::string_view kKind = "netns:";

std::string_view NetnsAttributor::Way(const Peer& peer) const {
  return CameBy(peer, kKind) ? ToText(AttachmentWay::kNetns) : "";
}

Result<std::shared_ptr<const MachineEntry>> NetnsAttributor::Attribute(
    const Peer& peer, const Snapshot& snapshot) const {
  if (!CameBy(peer, kKind)) return std::shared_ptr<const MachineEntry>();
  const ListeningPlace& place = *peer.place;
  if (peer.link.netns_cookie != place.netns_cookie) {
    return WitnessesDisagree("its socket is in another namespace than its listener");
  }
  if (place.device != 0 && peer.link.bound_device != place.device) {
    return WitnessesDisagree("the listener is not bound to the device that it was opened for");
  }
  return FindAttached(snapshot, place.claim, place.attachment);
}

}  // namespace openimds
