// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "frontends/control/operation.h"

// What the arguments of operations name. All fail with kNotFound if there is no such thing, and
// with kArgumentInvalid if a bare name fits several, naming the argument.
namespace openimds::control {

// `name` is a resource id, or a bare name that only one has.
Result<std::shared_ptr<const Identity>> FindIdentity(const Snapshot& snapshot,
                                                     std::string_view argument,
                                                     std::string_view name);
Result<std::shared_ptr<const MachineEntry>> FindMachine(const Snapshot& snapshot,
                                                        std::string_view argument,
                                                        std::string_view name);

Result<std::shared_ptr<const ScaleSet>> FindScaleSet(const Snapshot& snapshot,
                                                     std::string_view argument,
                                                     std::string_view name);

// An identity of either kind: a user-assigned one by its id or name, or a machine's system-assigned
// one by the machine's. A name that is both an identity's and a machine's means the identity.
Result<std::shared_ptr<const Identity>> FindAnyIdentity(const Snapshot& snapshot,
                                                        std::string_view argument,
                                                        std::string_view name);

// Where a new resource goes.
struct Place {
  ResourceId group;  // as created, if it exists
  std::string location;
  Guid tenant_id;
};

// From the arguments `subscription` (else the only one there is), `resourceGroup` (else the
// default) and `location` (else its group's, else the default).
Result<Place> FindPlace(const Workplace& at, const Arguments& arguments);

// Both `clientId` and `objectId`, or nothing if neither was given. Fails if there is only one.
struct GivenIds {
  Guid client_id;
  Guid principal_id;
};
Result<std::optional<GivenIds>> FindGivenIds(const Arguments& arguments);

}  // namespace openimds::control
