// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "attribution/local_user_rule.h"
#include "base/published.h"
#include "broker/token_question.h"
#include "http/outbound.h"
#include "http/request.h"
#include "http/response.h"
#include "net/peer.h"
#include "telemetry/audit.h"

namespace openimds::extension {

// Where the bridge leads, and who may cross it.
struct BridgeTarget {
  std::string imds_url;  // without a path
  std::shared_ptr<http::Outbound> outbound;
  std::vector<LocalUserRule> callers;  // empty: every local user, for every identity
};

// GET and POST /oauth2/token of the retired extension without any credential: each question is
// asked of IMDS, and its answer worded as the extension worded it, errors too. Nothing is kept: a
// caller gets what IMDS gives now. What it is made of must outlive it.
class BridgeEndpoint {
 public:
  BridgeEndpoint(const Published<BridgeTarget>& target, AuditTrail& audit)
      : target_(target), audit_(audit) {}

  // A Deferred, or at once a refusal by the extension's own rules.
  http::Reply HandleToken(const http::Request& request) const;

 private:
  void Audit(const Peer& peer, std::string_view resource, std::string_view reason) const;

  const Published<BridgeTarget>& target_;
  AuditTrail& audit_;
};

// Whether rules let the caller ask that question. An identity is compared with what the question
// names: a rule's `system` is the question without a selector. Fails with kUserNotFound or
// kUserNotAllowed, and with kIdentityNotFound for an identity that is not in the caller's rule.
Result<void> CheckRules(const std::vector<LocalUserRule>& rules, const Peer& peer,
                        const IdentitySelector& selector);

}  // namespace openimds::extension
