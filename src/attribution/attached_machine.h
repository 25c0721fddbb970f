// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/peer.h"
#include "registry/snapshot.h"

// What the ways of knowing a caller share. Pure.
namespace openimds {

// The machine that the claim is attached to in this snapshot. `opened_for` is the attaching that
// the caller's door was opened for: a connection from before a place changed hands is nobody's.
// All zero where the door is shared. Fails with kNotAttached.
Result<std::shared_ptr<const MachineEntry>> FindAttached(const Snapshot& snapshot,
                                                         std::string_view claim,
                                                         const Guid& opened_for);

// Whether the caller came by a door whose claim begins so.
bool CameBy(const Peer& peer, std::string_view kind);

// The refusal of a caller about whom the kernel says two things that do not fit together.
tl::unexpected<Error> WitnessesDisagree(std::string_view what);

// The claims of doors that several machines share.
inline constexpr std::string_view kSourceIpDoor = "addresses:";  // and the device's name
inline constexpr std::string_view kBridgeDoor = "bridge:";       // and the bridge's name
inline constexpr std::string_view kVsockDoor = "vsock";

}  // namespace openimds
