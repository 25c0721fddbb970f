// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/published.h"
#include "broker/token_broker.h"
#include "http/request.h"
#include "http/response.h"

namespace openimds::imds {

// The first api-version that has this category.
inline constexpr std::string_view kLoadBalancerSince = "2020-10-01";

// The load balancer category of IMDS. What it is made of must outlive it. Answers from memory on
// the I/O thread.
class LoadBalancerEndpoint {
 public:
  LoadBalancerEndpoint(const Published<Door>& door, const TokenBroker& broker)
      : door_(door), broker_(broker) {}

  // GET /metadata/loadbalancer
  http::Reply HandleLoadBalancer(const http::Request& request) const;

 private:
  const Published<Door>& door_;
  const TokenBroker& broker_;
};

}  // namespace openimds::imds
