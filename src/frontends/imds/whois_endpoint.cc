// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/whois_endpoint.h"

#include <string>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "frontends/imds/instance_response.h"
#include "frontends/imds/token_response.h"
#include "http/caller_guard.h"

namespace openimds::imds {
namespace {

namespace json = boost::json;

http::Response Render(const Machine& machine, std::string_view way, const Peer& peer) {
  json::object document{{"machine", machine.id.name()},
                        {"resourceId", machine.id.text()},
                        {"vmId", machine.vm_id.ToString()},
                        {"way", way}};
  if (peer.address) document["address"] = peer.address->ToString();
  http::Response response = http::Response::Json(200, json::serialize(document));
  response.server = kServer;
  return response;
}

}  // namespace

http::Reply WhoisEndpoint::Handle(const http::Request& request) const {
  const std::shared_ptr<const Door>& door = door_.Read();
  auto caller = http::CheckDirectCaller(request);
  if (caller) caller = http::CheckMetadataHeader(request);
  if (!caller) return RenderInstanceError(caller.error());
  const auto machine = broker_.FindMachine(*door, request.peer);
  if (!machine) return RenderInstanceError(machine.error());
  return Render(*(*machine)->machine, door->attributor->Way(request.peer), request.peer);
}

}  // namespace openimds::imds
