// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/published.h"
#include "broker/token_broker.h"
#include "http/request.h"
#include "http/response.h"

namespace openimds::vm_extension {

// GET and POST /oauth2/token, as the retired VM extension answered on localhost:50342. Only callers
// on this machine are served: loopback or a UNIX socket. What it is made of must outlive it.
class TokenEndpoint {
 public:
  TokenEndpoint(const Published<Door>& door, TokenBroker& broker, const Clock& clock)
      : door_(door), broker_(broker), clock_(clock) {}

  http::Reply HandleToken(const http::Request& request) const;

 private:
  const Published<Door>& door_;
  TokenBroker& broker_;
  const Clock& clock_;
};

}  // namespace openimds::vm_extension
