// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "frontends/arm/route.h"
#include "http/request.h"
#include "http/response.h"

namespace openimds::arm {

// The resource manager over HTTPS: who calls, which route is meant, may they, and then the route.
// All on the worker pool: a token takes time to check, and a change to write. What was changed, or
// refused for want of a right, is in the audit trail. Every thread may call everything.
class Endpoint {
 public:
  explicit Endpoint(Workplace at) : at_(at) {}

  http::Reply Handle(const http::Request& request) const;

  // `GET /metadata/endpoints`: where clients find the authority; asked by anyone.
  http::Reply HandleDiscovery(const http::Request& request) const;

 private:
  http::Response Respond(const Received& received) const;
  Result<Answer> Decide(const Received& received, Call* call) const;

  const Workplace at_;
};

}  // namespace openimds::arm
