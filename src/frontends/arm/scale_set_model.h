// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "base/result.h"
#include "frontends/arm/call.h"
#include "frontends/arm/route.h"
#include "model/machine_extension.h"
#include "registry/draft.h"
#include "registry/snapshot.h"

// The model of a scale set, and what its instances have of it. An extension of the model becomes a
// document of an instance when the model is applied to it: at once for a new instance; for the
// others at once too, or when somebody asks for it, as the upgrade policy says.
namespace openimds::arm {

// The one that a call's path names, or whose child or action it names.
Result<std::shared_ptr<const ScaleSet>> FindScaleSet(const Snapshot& snapshot, const Call& call);
Result<std::shared_ptr<const MachineEntry>> FindInstance(const Snapshot& snapshot,
                                                         const Call& call);
// In order of number.
std::vector<std::shared_ptr<const MachineEntry>> InstancesOf(const Snapshot& snapshot,
                                                             const ResourceId& scale_set);

// Puts what is kept in place of what was said of extensions. Fails as ReadExtensionProperties(), or
// with kContentInvalid where two have one name.
Result<void> ReadModelExtensions(boost::json::object* scale_set);

// Unless the upgrade policy's mode is Manual.
bool AppliesAtOnce(const boost::json::object& scale_set);
// Gives the instance the extensions that `scale_set`, the document, has, and no others.
Result<void> ApplyModel(Draft& draft, const ResourceId& instance,
                        const boost::json::object& scale_set);
// Whether it has them.
bool HasLatestModel(const Snapshot& snapshot, const ResourceId& instance);

// One change of the scale set that `id` names by the end of it, and then its instances' extensions
// answer, or, where nobody of ours can have the port, the change is refused with
// kProvisioningFailed and nothing is changed. Only one machine can have a port of this host: of the
// instances the first one that is to have it; what the others lack shows in their instance views.
// `edit` may be called twice.
Result<void> EditInstances(
    const Workplace& at, const std::optional<ResourceId>& id,
    const std::function<Result<void>(Draft& draft, const Snapshot& before)>& edit);

}  // namespace openimds::arm
