// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attribution/attributor.h"

namespace openimds {

// Whoever connects to a socket's file is the machine that the file is attached to: for processes on
// this host, and for QEMU's `guestfwd`.
//
// Witnesses: the file, whose owner and mode let only some open it, and SO_PEERCRED, by which the
// kernel says whose process connected: another user's is refused with kPeerNotAllowed. Where the
// kernel gives a handle of that process (SO_PEERPIDFD, Linux 6.5), a connection that outlived it is
// refused with kPeerEnded: it was passed on.
class UnixPeerAttributor final : public Attributor {
 public:
  Result<std::shared_ptr<const MachineEntry>> Attribute(const Peer& peer,
                                                        const Snapshot& snapshot) const override;
  std::string_view Way(const Peer& peer) const override;
};

}  // namespace openimds
