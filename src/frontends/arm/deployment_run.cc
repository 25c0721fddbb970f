// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/deployment_run.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/reasons.h"
#include "crypto/json_object.h"
#include "frontends/arm/answer.h"
#include "frontends/arm/deployer.h"
#include "frontends/arm/long_running.h"
#include "telemetry/events.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;
using templates::DeploymentOutcome;
using templates::ResourceOperation;

tl::unexpected<Error> Gone(const ResourceId& id) {
  return Refuse(ErrorKind::kConflict, reasons::kDeploymentFailed, "DeploymentCanceled",
                "The deployment '" + std::string(id.name()) + "' was deleted while it ran.");
}

// Writes what a run comes to, and knows whether it is to go on.
class Ledger {
 public:
  Ledger(const Workplace& at, const templates::DeploymentPlan& plan, DeploymentRecord record)
      : at_(at), plan_(plan), record_(std::move(record)), began_(at.clock.Now()) {}

  const DeploymentRecord& record() const { return record_; }

  // Somebody cancelled it, or its record is not there any more.
  bool IsToStop() const {
    if (at_.long_running && at_.long_running->IsStopping()) return true;
    const auto kept = Find(*at_.registry.Read());
    return !kept || ReadHead(*kept).is_to_stop;
  }

  // The step before has ended, and the next one is taken, if it is: one write for both.
  Result<void> Note(const std::vector<ResourceOperation>& operations, std::size_t next,
                    bool is_taken) {
    const Time now = at_.clock.Now();
    auto written = at_.registry.Edit([&](Draft& draft) -> Result<void> {
      if (!Find(*draft.snapshot())) return Gone(record_.id);
      if (next > 0) {
        TRY_VOID(draft.PutDocument(Operation(operations[next - 1], {next - 1, began_, now})));
      }
      if (!is_taken || next == operations.size()) return {};
      return draft.PutDocument(Operation(operations[next], {next, now, now}));
    });
    began_ = now;
    return written;
  }

  // The last write: the operations become part of the record.
  Result<DeploymentRecord> Close(const std::function<void(DeploymentRecord&)>& conclude) {
    return Written([&](Draft& draft) -> Result<DeploymentRecord> {
      const auto kept = Find(*draft.snapshot());
      if (!kept) return Gone(record_.id);
      TRY(DeploymentRecord closed, ReadDeployment(*kept));
      closed.changed = at_.clock.Now();
      conclude(closed);
      for (json::object& operation : OperationsOf(*draft.snapshot(), closed)) {
        closed.operations.push_back(std::move(operation));
      }
      draft.RemoveDocuments(closed.id);
      TRY_VOID(draft.PutDocument(ToDocument(closed)));
      return closed;
    });
  }

 private:
  // What failed may quote what it was given.
  ResourceDocument Operation(const ResourceOperation& operation, const StepTimes& times) const {
    ResourceDocument made = MakeOperation(record_, operation, times);
    made.body = WithoutSecrets(plan_, std::move(made.body));
    return made;
  }

  // The record of this very run; none if it was deleted, or deleted and made again.
  std::shared_ptr<const ResourceDocument> Find(const Snapshot& snapshot) const {
    auto kept = snapshot.FindDocument(record_.id.key());
    return kept && ReadHead(*kept).correlation_id == record_.correlation_id ? kept : nullptr;
  }

  template <class Edit>
  Result<DeploymentRecord> Written(const Edit& edit) {
    std::optional<DeploymentRecord> closed;
    TRY_VOID(at_.registry.Edit([&](Draft& draft) -> Result<void> {
      TRY(closed, edit(draft));
      return {};
    }));
    return *std::move(closed);
  }

  const Workplace& at_;
  const templates::DeploymentPlan& plan_;
  const DeploymentRecord record_;
  Time began_;
};

json::array IdsOf(const std::vector<std::string>& ids) {
  json::array array;
  for (const std::string& id : ids) array.push_back(json::object{{"id", id}});
  return array;
}

json::object DeploymentFailed(const std::vector<Error>& errors,
                              const templates::DeploymentPlan& plan) {
  json::array details;
  for (const Error& error : errors) {
    details.push_back(WithoutSecrets(plan, ErrorObject(error)));
  }
  return {{"code", "DeploymentFailed"},
          {"message",
           "At least one operation of the deployment failed; its operations say which, and why."},
          {"details", std::move(details)}};
}

json::object DeploymentCanceled(std::string_view why) {
  return {{"code", "DeploymentCanceled"}, {"message", why}};
}

void Conclude(const DeploymentOutcome& outcome, const templates::DeploymentPlan& plan,
              bool stopped_by_service, DeploymentRecord* record) {
  record->properties["outputResources"] = IdsOf(outcome.output_resources);
  if (outcome.succeeded) {
    record->state = kSucceededState;
    record->properties["outputs"] = WithoutSecrets(plan, outcome.outputs);
  } else if (record->is_to_stop) {
    record->state = kCanceledState;
    record->properties["error"] = DeploymentCanceled("The deployment was canceled.");
  } else if (stopped_by_service) {
    record->state = kFailedState;
    record->properties["error"] = json::object{
        {"code", "DeploymentInterrupted"},
        {"message",
         "The service was stopped while the deployment ran. Its operations say how far "
         "it came; deploy it again to go on from there."}};
  } else {
    record->state = kFailedState;
    record->properties["error"] = DeploymentFailed(outcome.errors, plan);
  }
}

// The ended ones of a group, oldest first.
std::vector<DeploymentHead> EndedIn(
    const std::vector<std::shared_ptr<const ResourceDocument>>& documents) {
  std::vector<DeploymentHead> ended;
  for (const auto& document : documents) {
    if (!ReadHead(*document).is_active) ended.push_back(ReadHead(*document));
  }
  std::sort(ended.begin(), ended.end(),
            [](const DeploymentHead& a, const DeploymentHead& b) { return a.changed < b.changed; });
  return ended;
}

void MakeRoom(Draft& draft, const ResourceId& group) {
  const auto documents = DeploymentDocumentsIn(*draft.snapshot(), group);
  if (documents.size() < kMostDeployments) return;
  const auto ended = EndedIn(documents);
  const std::size_t surplus = documents.size() - kMostDeployments + 1;
  for (std::size_t i = 0; i < std::min(surplus, ended.size()); ++i) {
    draft.RemoveDocuments(ended[i].id);
  }
}

// What was under way when the process ended may have been done, or not.
void EndOperation(json::object* operation) {
  json::object& properties = (*operation)["properties"].as_object();
  if (TextOf(properties, "provisioningState") != kRunning) return;
  properties["provisioningState"] = kFailedState;
  properties["statusCode"] = "Conflict";
  properties["statusMessage"] = json::object{
      {"status", kFailedState},
      {"error", json::object{{"code", "DeploymentInterrupted"},
                             {"message",
                              "The service ended while this was done: look whether the "
                              "resource is there."}}}};
}

Result<void> EndInterrupted(Draft& draft, DeploymentRecord record, Time now) {
  for (json::object& operation : OperationsOf(*draft.snapshot(), record)) {
    EndOperation(&operation);
    record.operations.push_back(std::move(operation));
  }
  record.state = record.is_to_stop ? kCanceledState : kFailedState;
  record.changed = now;
  record.properties["error"] = json::object{
      {"code", "DeploymentInterrupted"},
      {"message",
       "The service ended while the deployment ran. Its operations say how far it came; "
       "deploy it again to go on from there."}};
  draft.RemoveDocuments(record.id);
  return draft.PutDocument(ToDocument(record));
}

}  // namespace

Result<void> BeginDeployment(const Workplace& at, const DeploymentRecord& record) {
  return at.registry.Edit([&](Draft& draft) -> Result<void> {
    TRY_VOID(CheckIsIdle(*draft.snapshot(), record.id));
    draft.RemoveDocuments(record.id);
    MakeRoom(draft, record.id.ResourceGroupId());
    return draft.PutDocument(ToDocument(record));
  });
}

Result<DeploymentRecord> RunDeployment(const Workplace& at, const Call& call, const PlanPtr& plan,
                                       DeploymentRecord record) {
  Ledger ledger(at, *plan, std::move(record));
  RouteDeployer deployer(at, call, *plan, [&ledger] { return ledger.IsToStop(); });
  templates::DeploymentRun run(plan, deployer);
  bool goes_on = true;
  for (std::size_t next = 0; goes_on; ++next) {
    const bool is_to_stop = ledger.IsToStop();
    TRY_VOID(ledger.Note(run.operations(), next, !is_to_stop));
    goes_on = !is_to_stop && run.Step();
  }
  const bool stopped_by_service = at.long_running && at.long_running->IsStopping();
  const DeploymentOutcome outcome = run.Finish();
  return ledger.Close(
      [&](DeploymentRecord& closed) { Conclude(outcome, *plan, stopped_by_service, &closed); });
}

Result<DeploymentRecord> FindDeployment(const Snapshot& snapshot, const ResourceId& id) {
  const auto document = snapshot.FindDocument(id.key());
  if (document) return ReadDeployment(*document);
  return Refuse(ErrorKind::kNotFound, reasons::kNotFound, "DeploymentNotFound",
                "Deployment '" + std::string(id.name()) + "' could not be found.");
}

Result<void> CheckIsIdle(const Snapshot& snapshot, const ResourceId& id) {
  const auto existing = snapshot.FindDocument(id.key());
  if (!existing || !ReadHead(*existing).is_active) return {};
  return Refuse(ErrorKind::kConflict, reasons::kInUse, "DeploymentActive",
                "The deployment '" + std::string(id.name()) +
                    "' has not ended yet: wait for it, or cancel it.");
}

json::object ErrorOfDeployment(const DeploymentRecord& record) {
  const json::value* error = record.properties.if_contains("error");
  return error && error->is_object() ? error->get_object() : json::object{};
}

void LogAbandoned(Log& log, const ResourceId& id, const Error& error) {
  log.Write(LogLevel::kError, events::kDeploymentAbandoned,
            {{"resource", id.text()}, {"message", error.message}});
}

Result<void> EndInterruptedDeployments(Registry& registry, const Clock& clock, Log& log) {
  std::vector<DeploymentRecord> active;
  for (const auto& [key, document] : registry.Read()->documents) {
    if (!IsDeployment(document->id) || !ReadHead(*document).is_active) continue;
    TRY(DeploymentRecord record, ReadDeployment(*document));
    active.push_back(std::move(record));
  }
  for (const DeploymentRecord& record : active) {
    TRY_VOID(
        registry.Edit([&](Draft& draft) { return EndInterrupted(draft, record, clock.Now()); }));
    log.Write(LogLevel::kWarn, events::kDeploymentInterrupted, {{"resource", record.id.text()}});
  }
  return {};
}

}  // namespace openimds::arm
