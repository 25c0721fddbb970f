// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "attribution/attributor.h"
#include "attribution/listener_attributor.h"
#include "attribution/local_user_rule.h"

namespace openimds {

// A listener on a machine that several users share: it speaks for one machine, as
// ListenerAttributor does, but only to users that a rule names, and shows each of them only the
// identities of its rule. The first rule that fits counts.
//
// Witness: the kernel's socket table (net/socket_owner.h). A caller whose user is not known is
// refused with kUserNotFound, one without a rule with kUserNotAllowed.
class LoopbackUidAttributor final : public Attributor {
 public:
  LoopbackUidAttributor(std::string machine, std::vector<LocalUserRule> rules)
      : listener_(std::move(machine)), rules_(std::move(rules)) {}

  Result<std::shared_ptr<const MachineEntry>> Attribute(const Peer& peer,
                                                        const Snapshot& snapshot) const override;
  std::string_view Way(const Peer&) const override { return "loopback_uid"; }

 private:
  // The machine as a user of that rule may see it. Kept until the machine changes.
  std::shared_ptr<const MachineEntry> Narrow(const std::shared_ptr<const MachineEntry>& machine,
                                             const LocalUserRule& rule) const;

  struct Narrowed {
    std::shared_ptr<const MachineEntry> whole;
    std::shared_ptr<const MachineEntry> part;
  };

  const ListenerAttributor listener_;
  const std::vector<LocalUserRule> rules_;
  mutable std::mutex mutex_;
  mutable std::map<const LocalUserRule*, Narrowed> narrowed_;
};

}  // namespace openimds
