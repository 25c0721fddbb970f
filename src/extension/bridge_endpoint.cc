// SPDX-License-Identifier: Apache-2.0
#include "extension/bridge_endpoint.h"

#include <algorithm>
#include <utility>

#include "base/reasons.h"
#include "base/text.h"
#include "extension/bridge_translation.h"
#include "frontends/vm_extension/caller.h"
#include "frontends/vm_extension/token_request.h"
#include "frontends/vm_extension/token_response.h"

namespace openimds::extension {
namespace {

bool Names(const LocalUserRule& rule, const IdentitySelector& selector) {
  if (rule.identities.empty()) return true;
  return std::any_of(rule.identities.begin(), rule.identities.end(), [&](const std::string& name) {
    if (selector.empty()) return name == "system";
    if (selector.resource_id) return ResourceIdKey(*selector.resource_id) == ResourceIdKey(name);
    return EqualsIgnoringCase(name, selector.client_id.value_or(selector.object_id.value_or("")));
  });
}

// IMDS refuses two kinds of selector; the rules above must not have looked at one of them only.
Result<void> CheckOneSelector(const IdentitySelector& selector) {
  const int given =
      (selector.client_id ? 1 : 0) + (selector.object_id ? 1 : 0) + (selector.resource_id ? 1 : 0);
  if (given <= 1) return {};
  return Fail(ErrorKind::kInvalidRequest, reasons::kSelectorConflict,
              "expected one of client_id, object_id and msi_res_id");
}

vm_extension::TokenFields FieldsOf(const BridgedToken& token) {
  return {token.access_token.RevealSecret(),
          token.expires_in,
          token.expires_on,
          token.not_before,
          token.resource,
          token.token_type};
}

Result<BridgedToken> Ask(const BridgeTarget& target, const TokenQuestion& question) {
  http::OutboundRequest request;
  request.url = target.imds_url + ImdsTarget(question);
  request.headers = {{"Metadata", "true"}, {"Accept", "application/json"}};
  TRY(const http::OutboundResponse response, target.outbound->Send(request));
  return ReadImdsAnswer(response, question.resource);
}

}  // namespace

Result<void> CheckRules(const std::vector<LocalUserRule>& rules, const Peer& peer,
                        const IdentitySelector& selector) {
  if (rules.empty()) return {};
  if (!peer.local_user) {
    return Fail(ErrorKind::kForbidden, reasons::kUserNotFound,
                "the kernel does not say which local user calls");
  }
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const LocalUserRule& it) {
    return !it.uid || *it.uid == *peer.local_user;
  });
  if (rule == rules.end()) {
    return Fail(ErrorKind::kForbidden, reasons::kUserNotAllowed,
                "user " + std::to_string(*peer.local_user) + " may not ask for tokens here");
  }
  if (Names(*rule, selector)) return {};
  return Fail(ErrorKind::kNotFound, reasons::kIdentityNotFound, "Identity not found");
}

void BridgeEndpoint::Audit(const Peer& peer, std::string_view resource,
                           std::string_view reason) const {
  auto subject = std::make_shared<AuditSubject>();
  subject->resource = resource;
  AuditEvent event{"vm_extension", std::move(subject), {}, reason};
  if (peer.address) event.peer_key = peer.address->bytes;
  audit_.Record(event, [&] { return peer.ToString(); });
}

http::Reply BridgeEndpoint::HandleToken(const http::Request& request) const {
  const std::shared_ptr<const BridgeTarget> target = target_.Read();
  const auto refuse = [&](const Error& error) {
    Audit(request.peer, {}, error.reason);
    return vm_extension::RenderError(error);
  };
  if (auto caller = vm_extension::CheckCaller(request); !caller) return refuse(caller.error());
  auto question =
      vm_extension::ParseTokenRequest(request.query, request.method == "POST" ? request.body : "");
  if (!question) return refuse(question.error());
  if (auto one = CheckOneSelector(question->selector); !one) return refuse(one.error());
  auto allowed = CheckRules(target->callers, request.peer, question->selector);
  if (!allowed) return refuse(allowed.error());
  return http::Deferred{
      [this, target, peer = request.peer, asked = *std::move(question)] {
        const auto token = Ask(*target, asked);
        Audit(peer, asked.resource, token ? std::string_view() : token.error().reason);
        return token ? vm_extension::RenderToken(FieldsOf(*token))
                     : vm_extension::RenderError(token.error());
      },
      vm_extension::RenderError({ErrorKind::kUnavailable, reasons::kBusy, "the endpoint is busy",
                                 std::chrono::seconds{1}})};
}

}  // namespace openimds::extension
