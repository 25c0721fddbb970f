// SPDX-License-Identifier: Apache-2.0
#include "broker/token_broker.h"

#include <cstring>
#include <utility>

#include "base/reasons.h"

namespace openimds {
namespace {

std::shared_ptr<const AuditSubject> Subject(const MachineEntry* machine, const Identity* identity,
                                            std::string_view resource) {
  auto subject = std::make_shared<AuditSubject>();
  if (machine) subject->machine = machine->machine->id.text();
  if (identity) subject->identity = identity->id.text();
  subject->resource = resource;
  return subject;
}

tl::unexpected<Error> Throttled() {
  Error error{ErrorKind::kThrottled, reasons::kCallerThrottled,
              "the machine asks too often, or for too much at once"};
  error.retry_after = std::chrono::seconds{1};
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace

Result<std::shared_ptr<const MachineEntry>> TokenBroker::Admit(const Door& door, const Peer& peer,
                                                               Throttle::Category category) const {
  TRY(auto machine, door.attributor->Attribute(peer, *snapshot_.Read()));
  if (!throttle_.Admit(machine->machine->vm_id, category)) return Throttled();
  return machine;
}

Result<std::shared_ptr<const MachineEntry>> TokenBroker::FindMachine(
    const Door& door, const Peer& peer, Throttle::Category category) const {
  auto machine = Admit(door, peer, category);
  if (!machine && machine.error().reason == reasons::kWitnessesDisagree) {
    AuditRefusal(door, peer, {}, machine.error().reason);
  }
  return machine;
}

Result<std::variant<TokenBroker::Token, TokenBroker::Pending>> TokenBroker::Find(
    const Door& door, const Peer& peer, const TokenQuestion& question) {
  auto machine = Admit(door, peer, Throttle::Category::kIdentity);
  if (!machine) {
    AuditRefusal(door, peer, question.resource, machine.error().reason);
    return tl::unexpected<Error>(std::move(machine.error()));
  }
  auto identity = SelectIdentity(**machine, question.selector);
  if (!identity) {
    Audit(door, peer, Subject(machine->get(), nullptr, question.resource), identity.error().reason);
    return tl::unexpected<Error>(std::move(identity.error()));
  }
  if (!question.bypass_cache) {
    Token token = cache_.Find(**identity, *(*machine)->machine, question.resource);
    if (token) {
      AuditIssued(door, peer, *token, *(*machine)->machine);
      return token;
    }
  }
  return Pending{{*std::move(identity), (*machine)->machine, question.resource},
                 question.bypass_cache};
}

void TokenBroker::Fetch(std::shared_ptr<const Door> door, const Peer& peer, const Pending& pending,
                        Done done) {
  if (!throttle_.TryBegin(pending.request.machine->vm_id)) {
    Audit(*door, peer, Subject(nullptr, pending.request.identity.get(), pending.request.resource),
          reasons::kCallerThrottled);
    return done(Throttled());
  }
  cache_.Fetch(
      pending.request, pending.bypass_cache,
      [this, door = std::move(door), peer, request = pending.request,
       done = std::move(done)](Result<Token> token) {
        throttle_.End(request.machine->vm_id);
        if (token) {
          AuditIssued(*door, peer, **token, *request.machine);
        } else {
          Audit(*door, peer,
                std::make_shared<AuditSubject>(AuditSubject{
                    request.machine->id.text(), request.identity->id.text(), request.resource}),
                token.error().reason);
        }
        done(std::move(token));
      });
}

// A token that machines share names the one that asked first; the trail names the one that asked.
void TokenBroker::AuditIssued(const Door& door, const Peer& peer, const CachedToken& token,
                              const Machine& machine) {
  if (token.request().machine->vm_id == machine.vm_id) {
    return Audit(door, peer, token.subject(), {});
  }
  auto subject = std::make_shared<AuditSubject>(*token.subject());
  subject->machine = machine.id.text();
  Audit(door, peer, std::move(subject), {});
}

void TokenBroker::AuditRefusal(const Door& door, const Peer& peer, std::string_view resource,
                               std::string_view reason) const {
  Audit(door, peer, Subject(nullptr, nullptr, resource), reason);
}

void TokenBroker::Audit(const Door& door, const Peer& peer,
                        std::shared_ptr<const AuditSubject> subject,
                        std::string_view reason) const {
  AuditEvent event{door.protocol, std::move(subject), {}, reason};
  if (peer.address) {
    event.peer_key = peer.address->bytes;
  } else if (peer.unix_peer) {
    std::memcpy(event.peer_key.data(), &peer.unix_peer->uid, sizeof peer.unix_peer->uid);
  }
  audit_.Record(event, [&] { return peer.ToString(); });
}

}  // namespace openimds
