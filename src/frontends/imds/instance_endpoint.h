// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/published.h"
#include "broker/token_broker.h"
#include "http/request.h"
#include "http/response.h"

namespace openimds::imds {

// The instance category of IMDS, and what stands beside all categories. What it is made of must
// outlive it. Handlers answer from memory on the I/O thread; none of them waits.
class InstanceEndpoint {
 public:
  InstanceEndpoint(const Published<Door>& door, const TokenBroker& broker)
      : door_(door), broker_(broker) {}

  // GET /metadata/instance[/path]
  http::Reply HandleInstance(const http::Request& request) const;
  // GET /metadata/versions: needs no api-version.
  http::Reply HandleVersions(const http::Request& request) const;
  // GET /metadata: no category, so there is nothing but the answer to a wrong version.
  http::Reply HandleRoot(const http::Request& request) const;

 private:
  const Published<Door>& door_;
  const TokenBroker& broker_;
};

}  // namespace openimds::imds
