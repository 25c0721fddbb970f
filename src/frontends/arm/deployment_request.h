// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>

#include "base/result.h"
#include "frontends/arm/call.h"
#include "frontends/arm/deployment_record.h"
#include "frontends/arm/deployment_run.h"
#include "frontends/arm/route.h"
#include "registry/snapshot.h"

// What the body of a deployment's request comes to. See lenient_json.h for what clients send.
namespace openimds::arm {

struct AskedDeployment {
  PlanPtr plan;
  boost::json::object body;  // as it was sent: what is beside the template
};

// A plan that the caller may carry out, in the group that the path names. Fails as CheckPlan()
// does, with kTemplate… (codes InvalidRequestContent and InvalidTemplate), kNotFound.
Result<AskedDeployment> ReadAndPlan(const Workplace& at, const Call& call);

// The record of it, as it begins.
Result<DeploymentRecord> MakeRecord(const Workplace& at, const Call& call,
                                    const AskedDeployment& asked);

// The deployment that the path names, in the spelling that it was made with, if it was.
Result<ResourceId> DeploymentIn(const Snapshot& snapshot, const Call& call);

}  // namespace openimds::arm
