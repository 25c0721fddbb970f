// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "frontends/control/operations.h"
#include "http/router.h"
#include "telemetry/log.h"

namespace openimds::control {

// The control interface: `POST /v1/operations/{name}` with the arguments as a JSON object; 200 with
// the answer, or the status and body of wire.h. One exact path for each operation. For a UNIX
// socket: only our own user and root are served, and whoever else asks is refused (403,
// kPeerNotAllowed) before anything is read. Each operation is logged with its caller and outcome
// (what only reads: at debug).
//
// `operations` and `log` must outlive the router and what it deferred.
std::shared_ptr<const http::Router> ControlRoutes(const Operations& operations, Log& log);

}  // namespace openimds::control
