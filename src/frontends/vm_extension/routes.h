// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "frontends/vm_extension/token_endpoint.h"
#include "http/router.h"

namespace openimds::vm_extension {

// The paths of the extension. `endpoint` must outlive the router and what it deferred.
void AddRoutes(const TokenEndpoint& endpoint, http::Router* router);
std::shared_ptr<http::Router> MakeRouter();

}  // namespace openimds::vm_extension
