// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>

#include "base/reasons.h"
#include "broker/token_question.h"
#include "frontends/control/lookup.h"
#include "registry/identity_selector.h"

namespace openimds::control {
namespace {

namespace json = boost::json;

Result<std::shared_ptr<const MachineEntry>> ChooseMachine(const Workplace& at,
                                                          const Arguments& arguments) {
  const std::shared_ptr<const Snapshot> snapshot = at.registry.Read();
  const std::string name = arguments.FindText("machine").value_or(at.defaults.machine);
  if (!name.empty()) return FindMachine(*snapshot, "machine", name);
  if (snapshot->machines.size() == 1) return snapshot->machines.begin()->second;
  return BadArgument("machine", "there are " + std::to_string(snapshot->machines.size()) +
                                    " of them; expected the name of one");
}

// Fills the subject as far as it gets, so that a refusal is audited with what is known.
Result<json::value> Issue(const Workplace& at, const Arguments& arguments, AuditSubject* subject) {
  subject->resource = arguments.Text("resource");
  TRY_VOID(CheckResource(subject->resource));
  TRY(const auto entry, ChooseMachine(at, arguments));
  subject->machine = entry->machine->id.text();
  const IdentitySelector selector{arguments.FindText("clientId"), arguments.FindText("objectId"),
                                  arguments.FindText("msiResId")};
  TRY(const auto identity, SelectIdentity(*entry, selector));
  subject->identity = identity->id.text();
  TRY(const AccessToken token,
      at.tokens(TokenRequest{identity, entry->machine, subject->resource}));
  return TokenDocument(token, *identity, subject->resource, at.clock.Now());
}

Result<json::value> Get(const Workplace& at, const Arguments& arguments, std::string_view caller) {
  auto subject = std::make_shared<AuditSubject>();
  auto answer = Issue(at, arguments, subject.get());
  if (at.audit) {
    const std::string_view reason = answer ? std::string_view{} : answer.error().reason;
    at.audit->Record(AuditEvent{"control", std::move(subject), {}, reason},
                     [caller] { return std::string(caller); });
  }
  return answer;
}

}  // namespace

std::vector<Operation> TokenOperations() {
  return {{"token.get",
           Effect::kReads,
           {{"resource", ArgumentType::kText, true},
            {"machine", ArgumentType::kText},
            {"clientId", ArgumentType::kText},
            {"objectId", ArgumentType::kText},
            {"msiResId", ArgumentType::kText}},
           Get}};
}

}  // namespace openimds::control
