// SPDX-License-Identifier: Apache-2.0
#include "cli/endpoints.h"

#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/reasons.h"
#include "cli/render.h"

namespace openimds::cli {
namespace {

void ReplacePrefix(std::string* url, std::string_view prefix, std::string_view by) {
  if (url->starts_with(prefix)) url->replace(0, prefix.size(), by);
}

// All interfaces are no address to connect to.
std::string AsReached(std::string url) {
  ReplacePrefix(&url, "http://0.0.0.0:", "http://127.0.0.1:");
  ReplacePrefix(&url, "http://[::]:", "http://[::1]:");
  return url;
}

// Old clients are written for the name, and a few compare it.
std::string ByName(std::string url) {
  ReplacePrefix(&url, "http://127.0.0.1:", "http://localhost:");
  ReplacePrefix(&url, "http://[::1]:", "http://localhost:");
  return url;
}

// The first of a protocol counts.
void Add(Endpoints* endpoints, std::string_view protocol, std::string url) {
  if (url.empty()) return;
  url = AsReached(std::move(url));
  if (protocol == ToText(ListenerProtocol::kImds) && endpoints->imds.empty()) {
    endpoints->imds = std::move(url);
  } else if (protocol == ToText(ListenerProtocol::kVmExtension) &&
             endpoints->vm_extension.empty()) {
    endpoints->vm_extension = ByName(std::move(url));
  }
}

}  // namespace

Endpoints EndpointsOf(const boost::json::value& service) {
  Endpoints endpoints;
  for (const auto& listener : service.at("listeners").as_array()) {
    Add(&endpoints, MemberText(listener, "protocol"), MemberText(listener, "url"));
  }
  return endpoints;
}

Result<Endpoints> EndpointsOf(const Config& config) {
  Endpoints endpoints;
  for (const ListenerSettings& listener : config.listeners) {
    const bool tcp = listener.address.family == ListenAddress::Family::kTcp;
    if (tcp && listener.address.port == 0) {
      return Fail(ErrorKind::kUnavailable, reasons::kNoService,
                  "no service is running, and the configuration leaves the port of " +
                      std::string(ToText(listener.protocol)) + " to its start");
    }
    Add(&endpoints, ToText(listener.protocol), listener.address.Url());
  }
  return endpoints;
}

}  // namespace openimds::cli
