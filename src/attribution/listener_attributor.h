// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "attribution/attributor.h"

namespace openimds {

// Whoever reaches this listener is the machine that it was configured for: right where the listener
// itself can be reached by one machine only, as on a laptop's loopback.
//
// The machine is looked up by name or resource id at each request, so it may be made, deleted and
// made again while the service runs; while it is not there, requests fail with kUnknownMachine.
class ListenerAttributor final : public Attributor {
 public:
  explicit ListenerAttributor(std::string machine) : machine_(std::move(machine)) {}

  Result<std::shared_ptr<const MachineEntry>> Attribute(const Peer& peer,
                                                        const Snapshot& snapshot) const override;
  std::string_view Way(const Peer&) const override { return "listener"; }

 private:
  const std::string machine_;
};

}  // namespace openimds
