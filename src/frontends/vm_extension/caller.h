// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "http/request.h"

namespace openimds::vm_extension {

// Only callers on this machine (loopback or a UNIX socket: else kNotLoopback), directly and with
// the Metadata header (http/caller_guard.h).
Result<void> CheckCaller(const http::Request& request);

}  // namespace openimds::vm_extension
