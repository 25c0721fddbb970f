// SPDX-License-Identifier: Apache-2.0
#include "frontends/vm_extension/routes.h"

#include "frontends/vm_extension/token_response.h"

namespace openimds::vm_extension {

std::shared_ptr<http::Router> MakeRouter() {
  // A real agent asks for `//oauth2/token` (protocol.md G.2).
  return std::make_shared<http::Router>(http::Router::Options{.collapses_repeated_slashes = true},
                                        RenderRefusal);
}

void AddRoutes(const TokenEndpoint& endpoint, http::Router* router) {
  const auto token = [&endpoint](const http::Request& request) {
    return endpoint.HandleToken(request);
  };
  for (const char* path : {"/oauth2/token", "/oauth2/token/"}) {
    router->Add("GET", path, token);
    router->Add("POST", path, token);
  }
}

}  // namespace openimds::vm_extension
