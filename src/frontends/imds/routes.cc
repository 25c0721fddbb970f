// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/routes.h"

#include "frontends/imds/token_response.h"

namespace openimds::imds {

std::shared_ptr<http::Router> MakeRouter() {
  return std::make_shared<http::Router>(http::Router::Options{.first_segment_ignores_case = true},
                                        RenderRefusal);
}

void AddRoutes(const TokenEndpoint& endpoint, http::Router* router) {
  const auto token = [&endpoint](const http::Request& request) {
    return endpoint.HandleToken(request);
  };
  router->Add("GET", "/metadata/identity/oauth2/token", token);
  router->Add("GET", "/metadata/identity/oauth2/token/", token);  // @azure/identity adds the slash
  router->Add("GET", "/metadata/identity/info",
              [&endpoint](const http::Request& request) { return endpoint.HandleInfo(request); });
}

}  // namespace openimds::imds
