// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "frontends/imds/token_endpoint.h"
#include "http/router.h"

namespace openimds::imds {

// The paths of IMDS. `endpoint` must outlive the router and what it deferred.
void AddRoutes(const TokenEndpoint& endpoint, http::Router* router);
std::shared_ptr<http::Router> MakeRouter();

}  // namespace openimds::imds
