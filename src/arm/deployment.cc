// SPDX-License-Identifier: Apache-2.0
#include "arm/deployment.h"

#include <set>
#include <utility>

#include "arm/lenient_json.h"
#include "arm/resource_path.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

tl::unexpected<Error> Invalid(const std::string& message) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateInvalid, message);
}

Result<DeploymentMode> ReadMode(const json::object& properties) {
  const std::string_view mode = TextMember(properties, "mode");
  if (mode.empty() || EqualsIgnoringCase(mode, "Incremental")) return DeploymentMode::kIncremental;
  if (EqualsIgnoringCase(mode, "Complete")) return DeploymentMode::kComplete;
  return Invalid("properties.mode: expected Incremental or Complete, got '" +
                 std::string(mode.substr(0, 100)) + "'");
}

// `Microsoft.Compute/virtualMachines/vm1`, as reference(…, 'Full') has it.
std::string RelativeId(std::string_view id) {
  const ResourcePath path = TakeApart(id);
  const auto relative = ProviderPath(path.type, path.name);
  return relative ? relative->substr(sizeof("/providers/") - 1) : std::string(id);
}

json::object FullResource(json::object resource, const std::string& id,
                          std::string_view api_version) {
  const auto parts = Split(id, '/');
  const auto part = [&](std::size_t i) {
    return parts.size() > i ? json::string(parts[i].data(), parts[i].size()) : json::string();
  };
  const bool in_group = !GroupIdOf(id).empty();
  resource["apiVersion"] = json::string(api_version.data(), api_version.size());
  resource["referenceApiVersion"] = json::string(api_version.data(), api_version.size());
  resource["subscriptionId"] = part(2);
  resource["resourceGroupName"] = in_group ? part(4) : json::string();
  resource["resourceId"] = RelativeId(id);
  resource["scope"] = "";
  resource["condition"] = true;
  resource["isConditionTrue"] = true;
  return resource;
}

}  // namespace

Result<DeploymentRequest> ReadDeploymentRequest(std::string name, std::string_view body) {
  TRY(json::value value, ReadLenientJson(body));
  json::object* object = value.if_object();
  const json::object* properties = object ? FindObject(*object, "properties") : nullptr;
  if (!properties) return Invalid("expected an object with 'properties', an object");
  DeploymentRequest request{.name = std::move(name), .document = {}, .parameters = {}};
  TRY(request.mode, ReadMode(*properties));
  for (const char* link : {"templateLink", "parametersLink"}) {
    if (FindMember(*properties, link)) {
      return Invalid(std::string("properties.") + link +
                     ": links are not served; send the content");
    }
  }
  const json::object* document = FindObject(*properties, "template");
  if (!document) return Invalid("properties.template: expected an object");
  request.document = *document;
  const json::value* parameters = FindMember(*properties, "parameters");
  if (!parameters || parameters->is_null()) return request;
  if (!parameters->is_object()) return Invalid("properties.parameters: expected an object");
  request.parameters = parameters->get_object();
  return request;
}

Result<Value> StateLookup::FindReference(std::string_view target, std::string_view api_version,
                                         bool full) {
  const PlannedResource* planned = plan_.Find(target);
  if (!planned && target.substr(0, 1) != "/") {
    if (parent_) return parent_->FindReference(target, api_version, full);
    return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateExpression,
                "expected a resource id or the name of one resource in this template, got '" +
                    std::string(target.substr(0, 200)) + "'");
  }
  const std::string id = planned ? planned->id : std::string(target);
  const std::string version =
      planned && api_version.empty() ? planned->api_version : std::string(api_version);
  TRY(json::object resource, state_.Get(id, version));
  if (full) return MakeValue(FullResource(std::move(resource), id, version));
  const json::value* properties = FindMember(resource, "properties");
  return MakeValue(properties ? *properties : json::value(json::object()));
}

DeploymentRun::DeploymentRun(std::shared_ptr<const DeploymentPlan> plan, Deployer& deployer,
                             ReferenceLookup* parent)
    : plan_(std::move(plan)), deployer_(deployer), parent_(parent) {
  for (const PlannedResource& resource : plan_->resources()) {
    operations_.push_back({resource.id, resource.type, resource.name, false, {}, {}});
  }
}

const ResourceOperation* DeploymentRun::FindFailedNeed(const PlannedResource& resource) const {
  for (const std::size_t number : resource.depends_on) {
    if (operations_[number].state != ResourceOperation::State::kSucceeded) {
      return &operations_[number];
    }
  }
  return nullptr;
}

bool DeploymentRun::Step() {
  if (next_ == operations_.size() && !PlanDeletions()) return false;
  ResourceOperation& operation = operations_[next_];
  Result<void> done;
  if (operation.is_deletion) {
    done = deployer_.Delete(operation.id);
  } else if (const ResourceOperation* need = FindFailedNeed(plan_->resources()[next_])) {
    operation.state = ResourceOperation::State::kSkipped;
    operation.error = Error{ErrorKind::kConflict,
                            reasons::kDeploymentFailed,
                            "not put, since '" + need->id + "' was not",
                            {},
                            {}};
    ++next_;
    return true;
  } else {
    done = Put(plan_->resources()[next_]);
  }
  operation.state = done ? ResourceOperation::State::kSucceeded : ResourceOperation::State::kFailed;
  if (!done) operation.error = std::move(done.error());
  ++next_;
  return true;
}

// Only when all that was put is there: what is to go may be what something new stands on.
bool DeploymentRun::PlanDeletions() {
  if (deletions_planned_ || plan_->mode() != DeploymentMode::kComplete) return false;
  deletions_planned_ = true;
  for (const ResourceOperation& operation : operations_) {
    if (operation.state != ResourceOperation::State::kSucceeded) return false;
  }
  auto existing = deployer_.List(plan_->place().ScopeId());
  if (!existing) {
    listing_error_ = std::move(existing.error());
    return false;
  }
  // Nested templates that had to wait are not in the plan, but what they put is.
  std::set<std::string> put;
  for (const std::string& id : output_resources_) put.insert(LowerAscii(id));
  for (const std::string& id : plan_->Surplus(*existing)) {
    if (put.count(LowerAscii(id)) > 0) continue;
    const ResourcePath path = TakeApart(id);
    operations_.push_back({id, path.type, path.name, true, {}, {}});
  }
  return next_ < operations_.size();
}

Result<void> DeploymentRun::Put(const PlannedResource& resource) {
  StateLookup lookup(*plan_, deployer_, parent_);
  if (resource.is_deployment()) return PutNested(resource, lookup);
  TRY(const json::object body, plan_->EvaluateBody(resource, &lookup));
  TRY_VOID(deployer_.Put(resource, body));
  output_resources_.push_back(resource.id);
  return {};
}

Result<void> DeploymentRun::PutNested(const PlannedResource& resource, ReferenceLookup& lookup) {
  TRY(const auto nested, plan_->PlanNested(resource, lookup));
  DeploymentRun run(nested, deployer_, &lookup);
  while (run.Step()) {
  }
  DeploymentOutcome outcome = run.Finish();
  output_resources_.insert(output_resources_.end(), outcome.output_resources.begin(),
                           outcome.output_resources.end());
  TRY(json::object parameters, nested->ShowParameters());
  json::object properties{{"mode", "Incremental"},
                          {"provisioningState", outcome.succeeded ? "Succeeded" : "Failed"},
                          {"templateHash", nested->source().Hash()},
                          {"parameters", std::move(parameters)},
                          {"providers", nested->ShowProviders()},
                          {"dependencies", nested->ShowDependencies()}};
  if (outcome.succeeded) properties["outputs"] = std::move(outcome.outputs);
  TRY_VOID(deployer_.PutDeployment(resource, json::object{{"properties", std::move(properties)}},
                                   run.operations()));
  if (outcome.succeeded) return {};
  return Fail(
      ErrorKind::kConflict, reasons::kDeploymentFailed,
      "the nested deployment '" + resource.name + "' failed: " + outcome.errors.front().message);
}

DeploymentOutcome DeploymentRun::Finish() {
  DeploymentOutcome outcome;
  outcome.output_resources = output_resources_;
  for (const ResourceOperation& operation : operations_) {
    if (operation.error) outcome.errors.push_back(*operation.error);
  }
  if (listing_error_) outcome.errors.push_back(*listing_error_);
  if (outcome.errors.empty() && next_ == operations_.size()) {
    StateLookup lookup(*plan_, deployer_, parent_);
    auto outputs = plan_->EvaluateOutputs(lookup);
    if (outputs) {
      outcome.outputs = *std::move(outputs);
    } else {
      outcome.errors.push_back(std::move(outputs.error()));
    }
  }
  outcome.succeeded = outcome.errors.empty() && next_ == operations_.size();
  return outcome;
}

}  // namespace openimds::templates
