// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "frontends/arm/call.h"
#include "model/machine_profile.h"
#include "registry/draft.h"
#include "registry/snapshot.h"

// What a PUT or PATCH of a virtual machine says. Pure.
namespace openimds::arm {

// The member `identity`: what type is wanted, and the user-assigned identities to add or take away.
struct IdentityChange {
  bool system_assigned = false;
  bool user_assigned = false;
  std::vector<ResourceId> added;
  std::vector<ResourceId> removed;  // `"<id>": null`
};

struct MachineBody {
  bool replaces;  // a PUT: what is not said, is not
  std::optional<IdentityChange> identity;
  std::optional<boost::json::object> tags;
  boost::json::object document;  // all else that is kept; no secret
};

// Fails with kContentInvalid, or with kResourceIdInvalid for an identity's id.
Result<MachineBody> ReadMachineBody(const boost::json::object& body, bool replaces);

// What the machine has when the change is made, given what it has now. A PATCH
// adds to the identities that there are; a PUT names all of them.
struct WantedIdentities {
  bool system_assigned = false;
  std::vector<ResourceId> user_assigned;
};
Result<WantedIdentities> WantedBy(const MachineBody& body, WantedIdentities now);

// Whoever assigns an identity must have the right to, on that identity: on those of `wanted` that
// `now` does not have. `machine` is a machine or a scale set, for the message.
Result<void> CheckMayAssign(const Snapshot& snapshot, const Call& call, const ResourceId& machine,
                            const WantedIdentities& now, const WantedIdentities& wanted);

// Size, image, system and tags are what the machine shows of itself.
Result<void> ApplyToProfile(const MachineBody& body, MachineProfile* profile);

// Nobody here turns a machine on or off; what was asked for last is what its instance view says.
// `action` is the last segment of the path: `start`, `powerOff`, `redeploy` and so on.
Result<void> SetPowerState(Draft& draft, const ResourceId& machine, std::string_view action);

// In place of the tags that it has.
Result<void> SetTags(const boost::json::object& tags, MachineProfile* profile);

// The document to keep, given the one that is kept now.
boost::json::object MergedDocument(const MachineBody& body, boost::json::object before, Time now);

}  // namespace openimds::arm
