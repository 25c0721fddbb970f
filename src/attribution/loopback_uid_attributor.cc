// SPDX-License-Identifier: Apache-2.0
#include "attribution/loopback_uid_attributor.h"

#include <algorithm>

#include "base/reasons.h"
#include "base/text.h"

namespace openimds {
namespace {

constexpr std::string_view kOwnIdentity = "system";

bool Names(const LocalUserRule& rule, const Identity& identity) {
  return std::any_of(rule.identities.begin(), rule.identities.end(), [&](const auto& name) {
    if (identity.kind == IdentityKind::kSystemAssigned) return name == kOwnIdentity;
    return EqualsIgnoringCase(name, identity.id.name()) || ResourceIdKey(name) == identity.id.key();
  });
}

std::shared_ptr<const MachineEntry> PartOf(const MachineEntry& whole, const LocalUserRule& rule) {
  Machine machine = *whole.machine;
  if (machine.system_assigned && !Names(rule, *machine.system_assigned)) {
    machine.system_assigned.reset();
  }
  machine.user_assigned.clear();
  std::vector<std::shared_ptr<const Identity>> user_assigned;
  for (const auto& identity : whole.user_assigned) {
    if (!Names(rule, *identity)) continue;
    machine.user_assigned.push_back(identity->id);
    user_assigned.push_back(identity);
  }
  return MakeMachineEntry(std::move(machine), std::move(user_assigned));
}

}  // namespace

Result<std::shared_ptr<const MachineEntry>> LoopbackUidAttributor::Attribute(
    const Peer& peer, const Snapshot& snapshot) const {
  if (!peer.local_user) {
    return Fail(ErrorKind::kForbidden, reasons::kUserNotFound,
                "the kernel does not say which local user calls");
  }
  const auto rule = std::find_if(rules_.begin(), rules_.end(), [&](const LocalUserRule& it) {
    return !it.uid || *it.uid == *peer.local_user;
  });
  if (rule == rules_.end()) {
    return Fail(ErrorKind::kForbidden, reasons::kUserNotAllowed,
                "user " + std::to_string(*peer.local_user) + " may not ask for tokens here");
  }
  TRY(const auto machine, listener_.Attribute(peer, snapshot));
  return rule->identities.empty() ? machine : Narrow(machine, *rule);
}

std::shared_ptr<const MachineEntry> LoopbackUidAttributor::Narrow(
    const std::shared_ptr<const MachineEntry>& machine, const LocalUserRule& rule) const {
  std::lock_guard lock(mutex_);
  Narrowed& kept = narrowed_[&rule];
  if (kept.whole != machine) kept = {machine, PartOf(*machine, rule)};
  return kept.part;
}

}  // namespace openimds
