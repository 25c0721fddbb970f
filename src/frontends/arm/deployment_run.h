// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "arm/deployment.h"
#include "base/clock.h"
#include "base/result.h"
#include "frontends/arm/call.h"
#include "frontends/arm/deployment_record.h"
#include "frontends/arm/route.h"
#include "registry/registry.h"
#include "telemetry/log.h"

// A deployment from its record to its end. The record is written before anything is deployed and
// at each step, so that at every moment the store says how far it has come. Functions may block.
namespace openimds::arm {

using PlanPtr = std::shared_ptr<const templates::DeploymentPlan>;

// Writes the record of a deployment that is about to run, in place of the one that ended under its
// name. Of those of its group that have ended the oldest go when there are more than
// kMostDeployments. Fails with kInUse (code DeploymentActive) while one of that name runs.
inline constexpr std::size_t kMostDeployments = 800;
Result<void> BeginDeployment(const Workplace& at, const DeploymentRecord& record);

// Runs it to its end, and gives the record as it is kept then: Succeeded, Failed or Canceled. Fails
// only if the record is gone (kConflict) or cannot be written: then nothing more is deployed.
Result<DeploymentRecord> RunDeployment(const Workplace& at, const Call& call, const PlanPtr& plan,
                                       DeploymentRecord record);

// The one that is kept. Fails with kNotFound (code DeploymentNotFound).
Result<DeploymentRecord> FindDeployment(const Snapshot& snapshot, const ResourceId& id);

// Fails with kInUse (code DeploymentActive) if there is one of that id that has not ended.
Result<void> CheckIsIdle(const Snapshot& snapshot, const ResourceId& id);

// The error of a deployment that has failed or was cancelled: what a client gets for an answer.
boost::json::object ErrorOfDeployment(const DeploymentRecord& record);

// A run that could not be written on: what there is to say when no client waits for it.
void LogAbandoned(Log& log, const ResourceId& id, const Error& error);

// Says of those that the end of an earlier process interrupted that they have failed, and where.
// Call it before anything is served, in a process that has the store for itself.
Result<void> EndInterruptedDeployments(Registry& registry, const Clock& clock, Log& log);

}  // namespace openimds::arm
