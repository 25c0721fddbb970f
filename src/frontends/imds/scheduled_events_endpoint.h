// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/published.h"
#include "broker/token_broker.h"
#include "http/request.h"
#include "http/response.h"
#include "registry/registry.h"
#include "telemetry/log.h"

namespace openimds::imds {

// The scheduled events of IMDS. What it is made of must outlive it, and what it deferred.
class ScheduledEventsEndpoint {
 public:
  struct Parts {
    const TokenBroker& broker;
    Registry& registry;
    const Clock& clock;
    Log& log;  // hears of every approval
  };

  ScheduledEventsEndpoint(const Published<Door>& door, const Parts& parts)
      : door_(door), parts_(parts) {}

  // GET: answered from memory on the I/O thread.
  http::Reply HandleList(const http::Request& request) const;
  // POST: what it says is durable before it is answered, so it runs on a worker. Answers with what
  // the machine sees then.
  http::Reply HandleStart(const http::Request& request) const;

 private:
  // What is asked is in order, and by whom.
  struct Caller {
    std::shared_ptr<const MachineEntry> machine;
    std::string_view api_version;
  };
  Result<Caller> FindCaller(const http::Request& request, const Door& door) const;
  http::Response Start(const Caller& caller, const std::vector<Guid>& events) const;

  const Published<Door>& door_;
  const Parts parts_;
};

}  // namespace openimds::imds
