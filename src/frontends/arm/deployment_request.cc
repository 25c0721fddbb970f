// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/deployment_request.h"

#include <utility>

#include <boost/json/array.hpp>

#include "arm/lenient_json.h"
#include "base/reasons.h"
#include "frontends/arm/deployer.h"
#include "frontends/arm/resource.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

// What the engine says, in the codes and the words that clients look for.
Error InArmsWords(Error error) {
  const bool is_of_template = error.code.empty() && error.reason.starts_with("template.");
  if (!is_of_template) return error;
  if (error.reason == reasons::kTemplateUnreadable) {
    error.code = "InvalidRequestContent";
    error.message = "The request content was invalid and could not be read: " + error.message + ".";
  } else {
    error.code = "InvalidTemplate";
    error.message = "Deployment template validation failed: '" + error.message + "'.";
  }
  return error;
}

Result<AskedDeployment> ReadInEnginesWords(const Workplace& at, const Call& call) {
  TRY(const templates::DeploymentRequest request,
      templates::ReadDeploymentRequest(call.At("deployment"), call.text));
  TRY(const templates::Surroundings place, SurroundingsOf(at, call));
  TRY(PlanPtr plan, templates::DeploymentPlan::Make(request, place));
  TRY_VOID(CheckPlan(at, call, *plan));
  TRY(json::value body, templates::ReadLenientJson(call.text));
  return AskedDeployment{std::move(plan), std::move(body.as_object())};
}

}  // namespace

Result<AskedDeployment> ReadAndPlan(const Workplace& at, const Call& call) {
  auto asked = ReadInEnginesWords(at, call);
  if (asked) return asked;
  return tl::unexpected<Error>(InArmsWords(std::move(asked.error())));
}

Result<DeploymentRecord> MakeRecord(const Workplace& at, const Call& call,
                                    const AskedDeployment& asked) {
  const auto snapshot = at.registry.Read();
  TRY(const ResourceId id, DeploymentIn(*snapshot, call));
  TRY(const auto tags, TagsIn(asked.body));
  TRY(json::object parameters, asked.plan->ShowParameters());
  const bool complete = asked.plan->mode() == templates::DeploymentMode::kComplete;
  DeploymentRecord record{.id = id, .correlation_id = Guid::Random().ToString()};
  record.started = record.changed = at.clock.Now();
  record.tags = tags.value_or(json::object{});
  record.document = WithoutSecretDefaults(asked.plan->source().document());
  record.properties =
      WithoutSecrets(*asked.plan, json::object{{"templateHash", asked.plan->source().Hash()},
                                               {"parameters", std::move(parameters)},
                                               {"mode", complete ? "Complete" : "Incremental"},
                                               {"providers", asked.plan->ShowProviders()},
                                               {"dependencies", asked.plan->ShowDependencies()}});
  return record;
}

Result<ResourceId> DeploymentIn(const Snapshot& snapshot, const Call& call) {
  TRY(const ResourceId group, ExistingGroup(snapshot, call));
  TRY(const ResourceId id,
      ResourceId::Parse(group.text() + "/providers/" + std::string(kDeploymentsType) + "/" +
                        call.At("deployment")));
  const auto existing = snapshot.FindDocument(id.key());
  return existing ? existing->id : id;
}

}  // namespace openimds::arm
