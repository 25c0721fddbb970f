// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <boost/json/value.hpp>

#include "app/config.h"
#include "base/result.h"

namespace openimds::cli {

// Where a workload on this host reaches the front ends: URLs without a slash at the end, empty if
// there is no such front end on TCP.
struct Endpoints {
  std::string imds;
  std::string vm_extension;
};

// As a running service says (`service.show`).
Endpoints EndpointsOf(const boost::json::value& service);

// As the configuration says. Fails with kNoService if a port is 0: only a running service knows.
Result<Endpoints> EndpointsOf(const Config& config);

}  // namespace openimds::cli
