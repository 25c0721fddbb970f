// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "frontends/arm/endpoint.h"
#include "http/router.h"

namespace openimds::arm {

// Everything that no other front end on the same listener has taken: add these last. `endpoint`
// must outlive the router and what it deferred.
void AddRoutes(const Endpoint& endpoint, http::Router* router);
std::shared_ptr<http::Router> MakeRouter();

}  // namespace openimds::arm
