// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "net/peer.h"
#include "registry/snapshot.h"

namespace openimds {

// Which machine is calling? One interface, one file for each way of knowing.
//
// An answer is: this machine; null, for "not mine to say" (the next one is asked); or an Error, to
// refuse. Nothing in a request's headers is ever looked at (attacks.md 32). Called on I/O threads:
// it must not block. Every thread may call it.
class Attributor {
 public:
  virtual ~Attributor() = default;
  virtual Result<std::shared_ptr<const MachineEntry>> Attribute(const Peer& peer,
                                                                const Snapshot& snapshot) const = 0;

  // How it knows, in one word (`interface`, `listener`, …) for people who ask why. Empty: not mine
  // to say.
  virtual std::string_view Way(const Peer& peer) const = 0;
};

}  // namespace openimds
