// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "authority/authority.h"
#include "base/clock.h"
#include "model/entities.h"
#include "registry/snapshot.h"

// The JSON that operations answer with; the same on the control socket and on the command line.
// Pure. Names of members are Azure's own where Azure has them.
namespace openimds::control {

// One address that the service listens on, as it really is (port 0 replaced).
struct ListenerFacts {
  std::string protocol;  // `imds`, `vm_extension`, `authority`
  std::string address;
  std::string url;      // empty for a UNIX socket
  std::string machine;  // empty for the authority
};

struct ServiceFacts {
  pid_t pid = 0;
  std::string state_dir;
  std::string control;  // the control socket's path
  std::vector<ListenerFacts> listeners;
};

boost::json::object ToJson(const Identity& identity);
boost::json::object ToJson(const MachineEntry& entry);
// The member `identity` of a machine.
boost::json::object IdentityBlock(const MachineEntry& entry);
boost::json::object ToJson(const Authority& authority, const std::vector<RingKey>& keys);
// What the line says that `serve --output json` prints when it is ready, without `event`.
boost::json::object ToJson(const ServiceFacts& facts);

// As IMDS answers (protocol.md A.5): all members are texts, in the real service's order.
boost::json::object TokenDocument(const AccessToken& token, const Identity& identity,
                                  std::string_view resource, Time now);

}  // namespace openimds::control
