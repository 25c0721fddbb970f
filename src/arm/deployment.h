// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "arm/deployment_plan.h"
#include "base/result.h"

// Running a template: read the request, make a plan, run it against a Deployer.
//
//   TRY(DeploymentRequest request, ReadDeploymentRequest("d1", body));
//   TRY(auto plan, DeploymentPlan::Make(request, surroundings));
//   DeploymentRun run(plan, deployer);
//   while (run.Step()) {}          // a resource each; look at run.operations() in between
//   const DeploymentOutcome outcome = run.Finish();
//
// Nothing here knows HTTP, waits, or starts threads.
//
// In ARM's words: reasons::kTemplateUnreadable is InvalidRequestContent, every other
// reasons::kTemplate… is InvalidTemplate ("Deployment template validation failed: '<message>'"),
// and what an outcome lists are the details of DeploymentFailed.
namespace openimds::templates {

// Reads `{"properties":{"template","parameters","mode"}}` as `az` and the SDKs send it: see
// lenient_json.h. Fails with reasons::kTemplateUnreadable or reasons::kTemplateInvalid.
Result<DeploymentRequest> ReadDeploymentRequest(std::string name, std::string_view body);

// What exists. Ids are compared without case.
class ResourceState {
 public:
  virtual ~ResourceState() = default;
  // The whole resource as a GET shows it. Fails with ErrorKind::kNotFound if there is none.
  virtual Result<boost::json::object> Get(const std::string& id,
                                          const std::string& api_version) = 0;
  // The ids of all resources in a resource group, `/subscriptions/…/resourceGroups/…`.
  virtual Result<std::vector<std::string>> List(const std::string& group_id) = 0;
};

struct ResourceOperation {
  enum class State { kPending, kSucceeded, kFailed, kSkipped };

  std::string id, type, name;
  bool is_deletion = false;
  State state = State::kPending;
  std::optional<Error> error;  // kFailed: why; kSkipped: what it waited for has failed
};

// What a run changes.
class Deployer : public ResourceState {
 public:
  // Creates or replaces; returns when it is done.
  virtual Result<void> Put(const PlannedResource& resource, const boost::json::object& body) = 0;
  // The record of a nested deployment that has ended: `properties` with provisioningState,
  // parameters, outputs; never its secrets. With the operations that it consisted of.
  virtual Result<void> PutDeployment(const PlannedResource& resource,
                                     const boost::json::object& record,
                                     const std::vector<ResourceOperation>& operations) = 0;
  virtual Result<void> Delete(const std::string& id) = 0;  // in complete mode
};

struct DeploymentOutcome {
  bool succeeded = false;
  boost::json::object outputs;                // `{"name":{"type","value"}}`, names in camel case
  std::vector<std::string> output_resources;  // ids of what was put, nested ones too
  std::vector<Error> errors;                  // of resources, deletions and outputs
};

// One run of a plan. If a resource fails, those that depend on it are skipped, and the others are
// still put, as ARM does; nothing is taken back. Belongs to one thread; deployer and plan outlive
// it.
class DeploymentRun {
 public:
  // `parent` answers references to what is around a nested template; null for others.
  DeploymentRun(std::shared_ptr<const DeploymentPlan> plan, Deployer& deployer,
                ReferenceLookup* parent = nullptr);

  // Puts (or, at the end of complete mode, deletes) the next one. False if there is nothing left.
  bool Step();

  // One for each resource in the plan's order, then the deletions, as far as they are known.
  const std::vector<ResourceOperation>& operations() const { return operations_; }

  // After the last step: the outputs, and what went wrong.
  DeploymentOutcome Finish();

 private:
  bool PlanDeletions();
  Result<void> Put(const PlannedResource& resource);
  Result<void> PutNested(const PlannedResource& resource, ReferenceLookup& lookup);
  const ResourceOperation* FindFailedNeed(const PlannedResource& resource) const;

  const std::shared_ptr<const DeploymentPlan> plan_;
  Deployer& deployer_;
  ReferenceLookup* const parent_;
  std::vector<ResourceOperation> operations_;
  std::vector<std::string> output_resources_;
  std::size_t next_ = 0;
  bool deletions_planned_ = false;
  std::optional<Error> listing_error_;
};

// Answers reference() from what exists: names are looked up in the plan, then in `parent`.
class StateLookup final : public ReferenceLookup {
 public:
  StateLookup(const DeploymentPlan& plan, ResourceState& state, ReferenceLookup* parent = nullptr)
      : plan_(plan), state_(state), parent_(parent) {}

  Result<Value> FindReference(std::string_view target, std::string_view api_version,
                              bool full) override;

 private:
  const DeploymentPlan& plan_;
  ResourceState& state_;
  ReferenceLookup* const parent_;
};

}  // namespace openimds::templates
