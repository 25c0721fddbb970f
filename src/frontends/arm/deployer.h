// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "arm/deployment.h"
#include "base/result.h"
#include "frontends/arm/call.h"
#include "frontends/arm/route.h"

namespace openimds::arm {

// What exists, as the caller of `by` may see it: every resource by its own route, with the rights
// that a GET takes. Belongs to one thread.
class VisibleState : public templates::ResourceState {
 public:
  VisibleState(const Workplace& at, const Call& by) : at_(at), by_(by) {}

  Result<boost::json::object> Get(const std::string& id, const std::string& api_version) override;
  // Without what the caller may not read, and without deployments.
  Result<std::vector<std::string>> List(const std::string& group_id) override;

 private:
  const Workplace& at_;
  const Call& by_;
};

// Deploys by the routes that a client would call, with the rights of the caller of `by` judged for
// each resource, and the same entries in the audit trail. Belongs to one thread.
class RouteDeployer final : public templates::Deployer {
 public:
  // `is_to_stop` is asked before each change.
  RouteDeployer(const Workplace& at, const Call& by, const templates::DeploymentPlan& plan,
                std::function<bool()> is_to_stop)
      : at_(at), by_(by), plan_(plan), is_to_stop_(std::move(is_to_stop)) {}

  Result<boost::json::object> Get(const std::string& id, const std::string& api_version) override;
  // Whether the caller may see it or not: who may not delete something is told so.
  Result<std::vector<std::string>> List(const std::string& group_id) override;
  Result<void> Put(const templates::PlannedResource& resource,
                   const boost::json::object& body) override;
  Result<void> PutDeployment(const templates::PlannedResource& resource,
                             const boost::json::object& record,
                             const std::vector<templates::ResourceOperation>& operations) override;
  Result<void> Delete(const std::string& id) override;

 private:
  Result<void> CheckGoesOn() const;

  const Workplace& at_;
  const Call& by_;
  const templates::DeploymentPlan& plan_;
  const std::function<bool()> is_to_stop_;
};

// What is to be kept or shown of `plan`, without the values of its secure parameters.
boost::json::object WithoutSecrets(const templates::DeploymentPlan& plan,
                                   boost::json::object shown);

// Whether the caller of `by` may make all that the plan says, and whether it can be made here at
// all, before anything is. Fails with kNotAuthorized (code InvalidTemplateDeployment) or
// kTypeUnknown, naming the resource.
Result<void> CheckPlan(const Workplace& at, const Call& by, const templates::DeploymentPlan& plan);

// What templates may ask about the place that `by` is about. It refers to `at`.
Result<templates::Surroundings> SurroundingsOf(const Workplace& at, const Call& by);

}  // namespace openimds::arm
