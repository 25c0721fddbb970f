// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "attribution/attributor.h"
#include "base/guid.h"
#include "base/published.h"

namespace openimds {

// What a mark means: which port, of which bridge.
struct MarkedPort {
  std::string claim;
  Guid attachment;
  unsigned bridge = 0;  // its index
};
using BridgeMarks = std::unordered_map<std::uint32_t, MarkedPort>;

// Whoever calls by a port of a bridge is the machine that the port is attached to, whatever address
// or MAC it uses: each port's packets get a mark of their own where they enter (bridge_rules.h).
//
// Witnesses: the mark of the caller's first packet, and the bridge that it came in by.
class BridgePortAttributor final : public Attributor {
 public:
  // `marks` must outlive it.
  explicit BridgePortAttributor(const Published<BridgeMarks>& marks) : marks_(marks) {}

  Result<std::shared_ptr<const MachineEntry>> Attribute(const Peer& peer,
                                                        const Snapshot& snapshot) const override;
  std::string_view Way(const Peer& peer) const override;

 private:
  const Published<BridgeMarks>& marks_;
};

}  // namespace openimds
