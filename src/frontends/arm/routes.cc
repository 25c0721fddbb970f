// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/routes.h"

namespace openimds::arm {
namespace {

// Bytes that were no request, and what is too large: HTTP's own status, the resource manager's
// form.
http::Response RenderRefusal(int status, const Error& error, const http::Request*) {
  http::Response response = ToResponse(error);
  response.status = status;
  return response;
}

}  // namespace

std::shared_ptr<http::Router> MakeRouter() {
  // Clients write empty segments into the middle and at the end of paths; ReadCall() skips them.
  return std::make_shared<http::Router>(http::Router::Options{}, RenderRefusal);
}

void AddRoutes(const Endpoint& endpoint, http::Router* router) {
  router->Add("GET", "/metadata/endpoints",
              [&endpoint](const http::Request& r) { return endpoint.HandleDiscovery(r); });
  for (const std::string_view method : {"GET", "PUT", "PATCH", "POST", "DELETE"}) {
    router->Add(method, "/{path...}",
                [&endpoint](const http::Request& r) { return endpoint.Handle(r); });
  }
}

}  // namespace openimds::arm
