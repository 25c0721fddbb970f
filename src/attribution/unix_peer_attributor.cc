// SPDX-License-Identifier: Apache-2.0
#include "attribution/unix_peer_attributor.h"

#include <unistd.h>

#include <string>

#include "attribution/attached_machine.h"
#include "base/reasons.h"

namespace openimds {

constexpr std::string_view kKind = "unix:";

namespace {

bool IsAllowed(const UnixPeer& caller, const Attachment& attachment) {
  if (attachment.uid && caller.uid == *attachment.uid) return true;
  if (attachment.gid && caller.gid == *attachment.gid) return true;
  return !attachment.uid && !attachment.gid && caller.uid == geteuid();
}

}  // namespace

std::string_view UnixPeerAttributor::Way(const Peer& peer) const {
  return CameBy(peer, kKind) ? ToText(AttachmentWay::kUnixPeer) : "";
}

Result<std::shared_ptr<const MachineEntry>> UnixPeerAttributor::Attribute(
    const Peer& peer, const Snapshot& snapshot) const {
  if (!CameBy(peer, kKind)) return std::shared_ptr<const MachineEntry>();
  const ListeningPlace& place = *peer.place;
  if (!peer.unix_peer) return WitnessesDisagree("it has no process");
  TRY(auto machine, FindAttached(snapshot, place.claim, place.attachment));
  const UnixPeer& caller = *peer.unix_peer;
  if (caller.process && caller.process->HasEnded()) {
    return Fail(ErrorKind::kForbidden, reasons::kPeerEnded,
                "the process that connected has ended: whoever holds its connection is another");
  }
  if (IsAllowed(caller, *snapshot.attachments.find(place.claim)->second)) return machine;
  return Fail(ErrorKind::kForbidden, reasons::kPeerNotAllowed,
              "processes of user " + std::to_string(caller.uid) + " may not call by this socket");
}

}  // namespace openimds
