// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "arm/deployment.h"
#include "base/clock.h"
#include "base/result.h"
#include "model/resource_document.h"
#include "registry/snapshot.h"

// What is kept of a deployment: a document of the registry. While it runs, each of its operations
// is a document under it, so that a step costs one small write; when it ends they move into it.
// No secret is in any of them. Pure.
namespace openimds::arm {

inline constexpr std::string_view kDeploymentsType = "Microsoft.Resources/deployments";

// ARM's words for `provisioningState`.
inline constexpr std::string_view kRunning = "Running";
inline constexpr std::string_view kSucceededState = "Succeeded";
inline constexpr std::string_view kFailedState = "Failed";
inline constexpr std::string_view kCanceledState = "Canceled";

struct DeploymentRecord {
  ResourceId id;
  std::string state{kRunning};
  std::string correlation_id;  // a GUID: this run of it, and the name of its operation status
  bool is_to_stop = false;     // somebody cancelled it
  Time started{};
  Time changed{};
  boost::json::object tags{};
  boost::json::object properties{};  // as a GET shows them, without what stands above
  boost::json::object document{};    // the template, without what secure parameters fall back to
  boost::json::array operations{};   // as a GET shows them; empty while it runs

  bool IsActive() const { return state == kRunning; }
};

bool IsDeployment(const ResourceId& id);
// A deployment, or an operation of one.
bool IsOfDeployment(const ResourceId& id);

// The documents of the deployments in a group, without their operations.
std::vector<std::shared_ptr<const ResourceDocument>> DeploymentDocumentsIn(const Snapshot& snapshot,
                                                                           const ResourceId& group);

// What of a record is read at each step of a run, without the rest of it.
struct DeploymentHead {
  ResourceId id;
  std::string_view correlation_id;  // into the document
  bool is_active = false;
  bool is_to_stop = false;
  Time changed{};
};
DeploymentHead ReadHead(const ResourceDocument& document);

ResourceDocument ToDocument(const DeploymentRecord& record);
// Fails with kStoreFailed for what ToDocument() did not write.
Result<DeploymentRecord> ReadDeployment(const ResourceDocument& document);

// As a GET shows it.
boost::json::object RenderDeployment(const DeploymentRecord& record);

// When a step was taken, and as which one of its run.
struct StepTimes {
  std::size_t step = 0;
  Time began{};
  Time now{};
};
// One step of a run; it is Running while `operation` is pending.
ResourceDocument MakeOperation(const DeploymentRecord& of,
                               const templates::ResourceOperation& operation,
                               const StepTimes& times);
boost::json::object RenderOperation(const ResourceDocument& operation);
// Those of a deployment, in the order of their steps.
std::vector<boost::json::object> OperationsOf(const Snapshot& snapshot,
                                              const DeploymentRecord& record);

// The template without what secure parameters have as their default, unless that is an expression.
boost::json::object WithoutSecretDefaults(const boost::json::object& document);

// `PT1.25S`
std::string FormatDuration(Time::duration duration);

}  // namespace openimds::arm
