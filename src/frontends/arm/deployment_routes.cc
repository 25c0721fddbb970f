// SPDX-License-Identifier: Apache-2.0
// Deployments of templates into resource groups.
#include <utility>

#include <boost/json/array.hpp>

#include "arm/value.h"
#include "arm/what_if.h"
#include "base/reasons.h"
#include "base/text.h"
#include "frontends/arm/deployer.h"
#include "frontends/arm/deployment_record.h"
#include "frontends/arm/deployment_request.h"
#include "frontends/arm/deployment_run.h"
#include "frontends/arm/long_running.h"
#include "frontends/arm/resource.h"
#include "frontends/arm/route.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

Result<DeploymentRecord> KeptDeployment(const Snapshot& snapshot, const Call& call) {
  TRY(const ResourceId id, DeploymentIn(snapshot, call));
  return FindDeployment(snapshot, id);
}

// ---- deploying -------------------------------------------------------------------------------

std::string StatusUrl(const Call& call, const DeploymentRecord& record) {
  return call.base_url + record.id.text() + "/operationStatuses/" + record.correlation_id +
         "?api-version=" + EncodeFormComponent(call.Query("api-version"));
}

Result<Answer> DeployAndWait(const Workplace& at, const Call& call, const PlanPtr& plan,
                             DeploymentRecord record, int status) {
  TRY(const DeploymentRecord ended, RunDeployment(at, call, plan, std::move(record)));
  if (ended.state == kSucceededState) return Answer{status, RenderDeployment(ended)};
  return Answer{409, json::object{{"error", ErrorOfDeployment(ended)}}};
}

Result<Answer> DeployLater(const Workplace& at, const Call& call, const PlanPtr& plan,
                           const DeploymentRecord& record, int status) {
  const bool accepted = at.long_running->Start([&at, call, plan, record] {
    const auto ended = RunDeployment(at, call, plan, record);
    if (!ended) LogAbandoned(at.log, record.id, ended.error());
  });
  if (!accepted) {
    TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
      draft.RemoveDocuments(record.id);
      return {};
    }));
    return Refuse(ErrorKind::kUnavailable, reasons::kBusy, "ServerBusy",
                  "Too many deployments wait for their turn; try again.");
  }
  Answer answer{status, RenderDeployment(record)};
  answer.headers.emplace_back("Azure-AsyncOperation", StatusUrl(call, record));
  AskAgainSoon(&answer);
  return answer;
}

Result<Answer> PutDeployment(const Workplace& at, const Call& call) {
  TRY(const AskedDeployment asked, ReadAndPlan(at, call));
  TRY(DeploymentRecord record, MakeRecord(at, call, asked));
  const int status = at.registry.Read()->FindDocument(record.id.key()) ? 200 : 201;
  TRY_VOID(BeginDeployment(at, record));
  if (at.long_running) return DeployLater(at, call, asked.plan, record, status);
  return DeployAndWait(at, call, asked.plan, std::move(record), status);
}

Result<Answer> Validate(const Workplace& at, const Call& call) {
  TRY(const AskedDeployment asked, ReadAndPlan(at, call));
  TRY(DeploymentRecord record, MakeRecord(at, call, asked));
  record.state = kSucceededState;
  json::array resources;
  for (const std::string& id : asked.plan->ResourceIds()) {
    resources.push_back(json::object{{"id", id}});
  }
  record.properties["validatedResources"] = std::move(resources);
  return Answer{200, RenderDeployment(record)};
}

Result<Answer> WhatIf(const Workplace& at, const Call& call) {
  TRY(const AskedDeployment asked, ReadAndPlan(at, call));
  const json::object* properties = templates::FindObject(asked.body, "properties");
  const json::object* settings =
      properties ? templates::FindObject(*properties, "whatIfSettings") : nullptr;
  const std::string_view format =
      settings ? templates::TextMember(*settings, "resultFormat") : std::string_view();
  const bool only_ids = EqualsIgnoringCase(format, "ResourceIdOnly");
  if (!format.empty() && !only_ids && !EqualsIgnoringCase(format, "FullResourcePayloads")) {
    return BadContent(
        "Expected 'whatIfSettings.resultFormat' to be FullResourcePayloads or ResourceIdOnly.");
  }
  VisibleState state(at, call);
  TRY(json::object changes,
      templates::WhatIf(*asked.plan, state,
                        only_ids ? templates::WhatIfFormat::kResourceIdOnly
                                 : templates::WhatIfFormat::kFullResourcePayloads));
  return Answer{200, std::move(changes)};
}

// ---- those that there are --------------------------------------------------------------------

Result<Answer> ShowDeployment(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const DeploymentRecord record, KeptDeployment(*snapshot, call));
  if (call.method == "HEAD") return Answer{204};
  return Answer{200, RenderDeployment(record)};
}

// Newest first.
Result<Answer> ListDeployments(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const ResourceId group, ExistingGroup(*snapshot, call));
  const std::string state = QuotedIn(call.Query("$filter"), "provisioningState");
  std::multimap<Time, json::object, std::greater<>> sorted;
  for (const auto& document : DeploymentDocumentsIn(*snapshot, group)) {
    TRY(const DeploymentRecord record, ReadDeployment(*document));
    const bool wanted = state.empty() || EqualsIgnoringCase(state, record.state);
    if (wanted) sorted.emplace(record.started, RenderDeployment(record));
  }
  json::array all;
  for (auto& [started, shown] : sorted) all.push_back(std::move(shown));
  return ShowList(call, std::move(all));
}

Result<Answer> ExportDeployment(const Workplace& at, const Call& call) {
  TRY(const DeploymentRecord record, KeptDeployment(*at.registry.Read(), call));
  return Answer{200, json::object{{"template", record.document}}};
}

Result<Answer> DeleteDeployment(const Workplace& at, const Call& call) {
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    TRY(const ResourceId id, DeploymentIn(*draft.snapshot(), call));
    TRY_VOID(CheckIsIdle(*draft.snapshot(), id));
    draft.RemoveDocuments(id);
    return {};
  }));
  return Answer{204};
}

// What runs sees it before its next step.
Result<Answer> CancelDeployment(const Workplace& at, const Call& call) {
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    TRY(DeploymentRecord record, KeptDeployment(*draft.snapshot(), call));
    if (record.IsActive()) {
      record.is_to_stop = true;
      return draft.PutDocument(ToDocument(record));
    }
    return Refuse(ErrorKind::kConflict, reasons::kInUse, "DeploymentCannotBeCancelled",
                  "The deployment '" + std::string(record.id.name()) +
                      "' cannot be canceled: it has ended, and is " + record.state + ".");
  }));
  return Answer{204};
}

// ---- their operations ------------------------------------------------------------------------

Result<Answer> ListOperations(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const DeploymentRecord record, KeptDeployment(*snapshot, call));
  json::array all;
  for (json::object& operation : OperationsOf(*snapshot, record)) {
    all.push_back(std::move(operation));
  }
  return ShowList(call, std::move(all));
}

Result<Answer> ShowOperation(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const DeploymentRecord record, KeptDeployment(*snapshot, call));
  for (json::object& operation : OperationsOf(*snapshot, record)) {
    if (EqualsIgnoringCase(templates::TextMember(operation, "operationId"), call.At("operation"))) {
      return Answer{200, std::move(operation)};
    }
  }
  return Refuse(ErrorKind::kNotFound, reasons::kNotFound, "DeploymentOperationNotFound",
                "The deployment '" + std::string(record.id.name()) + "' has no operation '" +
                    call.At("operation").substr(0, 60) + "'.");
}

// What `Azure-AsyncOperation` of a deployment leads to. It is as durable as the deployment.
Result<Answer> ShowOperationStatus(const Workplace& at, const Call& call) {
  TRY(const DeploymentRecord record, KeptDeployment(*at.registry.Read(), call));
  if (!EqualsIgnoringCase(record.correlation_id, call.At("operation"))) {
    return Refuse(ErrorKind::kNotFound, reasons::kNotFound, "DeploymentOperationNotFound",
                  "The deployment '" + std::string(record.id.name()) + "' was not begun by '" +
                      call.At("operation").substr(0, 60) + "'.");
  }
  const bool waits = at.long_running && !at.long_running->MayBeDone(record.started);
  const bool ended = !record.IsActive() && !waits;
  Answer answer{200, json::object{{"status", ended ? record.state : std::string(kRunning)}}};
  if (!ended) {
    AskAgainSoon(&answer);
  } else if (record.state != kSucceededState) {
    answer.body.as_object()["error"] = ErrorOfDeployment(record);
  }
  return answer;
}

}  // namespace

void AddDeploymentRoutes(std::vector<Route>* routes) {
#define OPENIMDS_GROUP "/subscriptions/{subscription}/resourceGroups/{group}|"
#define OPENIMDS_ALL OPENIMDS_GROUP "/providers/Microsoft.Resources/deployments"
#define OPENIMDS_ONE OPENIMDS_ALL "/{deployment}"
#define OPENIMDS_ACTION "Microsoft.Resources/deployments/"
  constexpr std::string_view kRead = OPENIMDS_ACTION "read";
  constexpr std::string_view kReadOperations = OPENIMDS_ACTION "operations/read";
  const std::vector<Route> all{
      {"GET", OPENIMDS_ALL, Rule::kAction, kRead, ListDeployments},
      {"GET", OPENIMDS_ONE, Rule::kAction, kRead, ShowDeployment},
      {"HEAD", OPENIMDS_ONE, Rule::kAction, kRead, ShowDeployment},
      {"PUT", OPENIMDS_ONE, Rule::kAction, OPENIMDS_ACTION "write", PutDeployment, Body::kText},
      {"DELETE", OPENIMDS_ONE, Rule::kAction, OPENIMDS_ACTION "delete", DeleteDeployment},
      {"POST", OPENIMDS_ONE "/validate", Rule::kAction, OPENIMDS_ACTION "validate/action", Validate,
       Body::kText},
      {"POST", OPENIMDS_ONE "/whatIf", Rule::kAction, OPENIMDS_ACTION "whatIf/action", WhatIf,
       Body::kText},
      {"POST", OPENIMDS_ONE "/cancel", Rule::kAction, OPENIMDS_ACTION "cancel/action",
       CancelDeployment},
      {"POST", OPENIMDS_ONE "/exportTemplate", Rule::kAction,
       OPENIMDS_ACTION "exportTemplate/action", ExportDeployment},
      {"GET", OPENIMDS_ONE "/operations", Rule::kAction, kReadOperations, ListOperations},
      {"GET", OPENIMDS_ONE "/operations/{operation}", Rule::kAction, kReadOperations,
       ShowOperation},
      {"GET", OPENIMDS_ONE "/operationStatuses/{operation}", Rule::kAction,
       OPENIMDS_ACTION "operationStatuses/read", ShowOperationStatus},
      // As clients of before 2015 have it, and the Azure CLI still does.
      {"GET", OPENIMDS_GROUP "/deployments/{deployment}/operations", Rule::kAction, kReadOperations,
       ListOperations},
      {"GET", OPENIMDS_GROUP "/deployments/{deployment}/operations/{operation}", Rule::kAction,
       kReadOperations, ShowOperation}};
#undef OPENIMDS_ACTION
#undef OPENIMDS_ONE
#undef OPENIMDS_ALL
#undef OPENIMDS_GROUP
  routes->insert(routes->end(), all.begin(), all.end());
}

}  // namespace openimds::arm
