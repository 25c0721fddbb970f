// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "broker/fault_profile.h"
#include "frontends/imds/instance_request.h"
#include "http/response.h"
#include "registry/snapshot.h"

namespace openimds::imds {

// 200 with what was asked for, from the memory that the machine's entry holds: an object or array
// as JSON (the default) or as the list of its names, a leaf as text. A part that is not there is
// 404; a leaf that is not asked for as text is 400.
http::Response RenderInstance(const std::shared_ptr<const MachineEntry>& entry,
                              const InstanceQuestion& question);

// `{"apiVersions":[…]}`, oldest first.
http::Response RenderVersions();

// A refusal in the words of the general categories (protocol.md E.2, E.5): a single member `error`,
// unlike the identity category's. A machine that is not known reads as 404, which clients ask
// again: it may be made while we run.
http::Response RenderInstanceError(const Error& error);

// REQUIRES: `fault` is not kNone.
http::Response RenderInstanceFault(FaultProfile fault);

}  // namespace openimds::imds
