// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/published.h"
#include "broker/token_broker.h"
#include "http/request.h"
#include "http/response.h"

namespace openimds::imds {

// The identity category of IMDS. What it is made of must outlive it.
// Handlers answer from memory on the I/O thread; only a token that has to be made waits.
class TokenEndpoint {
 public:
  TokenEndpoint(const Published<Door>& door, TokenBroker& broker, const Clock& clock)
      : door_(door), broker_(broker), clock_(clock) {}

  // GET /metadata/identity/oauth2/token
  http::Reply HandleToken(const http::Request& request) const;
  // GET /metadata/identity/info: the tenant of the caller's machine (protocol.md A.8).
  http::Reply HandleInfo(const http::Request& request) const;

 private:
  const Published<Door>& door_;
  TokenBroker& broker_;
  const Clock& clock_;
};

}  // namespace openimds::imds
