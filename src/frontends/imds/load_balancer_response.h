// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "http/request.h"
#include "http/response.h"
#include "model/entities.h"

namespace openimds::imds {

// 200 with the rules of the load balancer that the machine is behind, or 404 if there is none
// (protocol.md E.8).
http::Response RenderLoadBalancer(const Machine& machine);

// A path or a method that this category does not have, in its own words. REQUIRES: `status` is 404
// or 405 and IsLoadBalancerPath(request.path).
http::Response RenderLoadBalancerRefusal(int status, const http::Request& request);
bool IsLoadBalancerPath(std::string_view path);

}  // namespace openimds::imds
