// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "attribution/attributor.h"

namespace openimds {

// Asks one after the other until one knows, or refuses. Nobody knowing is a refusal: kNotAttached.
class AttributorChain final : public Attributor {
 public:
  explicit AttributorChain(std::vector<std::unique_ptr<const Attributor>> links)
      : links_(std::move(links)) {}

  Result<std::shared_ptr<const MachineEntry>> Attribute(const Peer& peer,
                                                        const Snapshot& snapshot) const override;
  std::string_view Way(const Peer& peer) const override;

 private:
  const std::vector<std::unique_ptr<const Attributor>> links_;
};

}  // namespace openimds
