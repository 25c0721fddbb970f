// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/published.h"
#include "broker/token_broker.h"
#include "http/request.h"
#include "http/response.h"

namespace openimds::imds {

// GET /openimds/whois, ours and not Azure's: which machine the service takes its caller for, and by
// which way it knows. Guarded as the token endpoint is; tells nothing of the host, and nothing that
// the instance document does not tell. What it is made of must outlive it; handlers do not wait.
class WhoisEndpoint {
 public:
  WhoisEndpoint(const Published<Door>& door, const TokenBroker& broker)
      : door_(door), broker_(broker) {}

  http::Reply Handle(const http::Request& request) const;

 private:
  const Published<Door>& door_;
  const TokenBroker& broker_;
};

}  // namespace openimds::imds
