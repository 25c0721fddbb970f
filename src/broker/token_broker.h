// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>

#include "attribution/attributor.h"
#include "base/result.h"
#include "broker/fault_profile.h"
#include "broker/throttle.h"
#include "broker/token_question.h"
#include "registry/registry.h"
#include "telemetry/audit.h"
#include "tokens/token_cache.h"

namespace openimds {

// One listener's way in: what is spoken there, and how its callers are known.
struct Door {
  std::string_view protocol;  // for the audit trail; static storage
  std::shared_ptr<const Attributor> attributor;
  FaultProfile fault = FaultProfile::kNone;
};

// From a caller and a question to a token: which machine is calling, which identity is meant, is
// there a token. The one path that every protocol takes; it writes the audit trail on the way.
// What it is made of must outlive it. Every thread may call every function.
class TokenBroker {
 public:
  using Token = std::shared_ptr<const CachedToken>;

  // A question that memory cannot answer: give it to Fetch().
  struct Pending {
    TokenRequest request;
    bool bypass_cache;
  };

  TokenBroker(const Registry& registry, TokenCache& cache, AuditTrail& audit,
              ThrottleLimits limits = {})
      : TokenBroker(registry.published(), cache, audit, limits) {}
  // For who has no registry: the guest's own program.
  TokenBroker(const Published<Snapshot>& snapshot, TokenCache& cache, AuditTrail& audit,
              ThrottleLimits limits = {})
      : snapshot_(snapshot), cache_(cache), audit_(audit), throttle_(limits) {}

  // From memory only: a token, what has to be fetched for one, or a refusal (kUnknownMachine,
  // kIdentityNotFound, kIdentityAmbiguous, kSelectorConflict, kCallerThrottled). Never blocks.
  Result<std::variant<Token, Pending>> Find(const Door& door, const Peer& peer,
                                            const TokenQuestion& question);

  // Gets the token and then calls `done`, once, on any thread. Fails as the credential does, or
  // with kCallerThrottled if too much is under way for the machine.
  using Done = std::function<void(Result<Token>)>;
  void Fetch(std::shared_ptr<const Door> door, const Peer& peer, const Pending& pending, Done done);

  // The caller's machine, without a question about tokens. A caller about whom the witnesses
  // disagree is audited here as well. Fails as the way of knowing does, or with kCallerThrottled.
  Result<std::shared_ptr<const MachineEntry>> FindMachine(
      const Door& door, const Peer& peer,
      Throttle::Category category = Throttle::Category::kOther) const;
  const Snapshot& snapshot() const { return *snapshot_.Read(); }

  // For refusals that a front end makes before there is a question.
  void AuditRefusal(const Door& door, const Peer& peer, std::string_view resource,
                    std::string_view reason) const;

 private:
  Result<std::shared_ptr<const MachineEntry>> Admit(const Door& door, const Peer& peer,
                                                    Throttle::Category category) const;
  void AuditIssued(const Door& door, const Peer& peer, const CachedToken& token,
                   const Machine& machine);
  void Audit(const Door& door, const Peer& peer, std::shared_ptr<const AuditSubject> subject,
             std::string_view reason) const;

  const Published<Snapshot>& snapshot_;
  TokenCache& cache_;
  AuditTrail& audit_;
  mutable Throttle throttle_;  // it has locks of its own
};

}  // namespace openimds
