// SPDX-License-Identifier: Apache-2.0
#include "frontends/oauth/routes.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "frontends/oauth/error_response.h"

namespace openimds::oauth {
namespace {

std::string_view FirstSegment(std::string_view path) {
  return path.substr(1, path.find('/', 1) - 1);
}

}  // namespace

std::shared_ptr<http::Router> MakeRouter() {
  return std::make_shared<http::Router>(http::Router::Options{}, RenderRefusal);
}

void AddRoutes(const Registry& registry, const Authority& authority, const TokenEndpoint& endpoint,
               http::Router* router) {
  using Version = Authority::DiscoveryVersion;
  using Render = std::function<std::string(const Guid& tenant)>;

  const auto for_tenant = [&registry](bool common, Render render) -> http::Handler {
    return [&registry, common, render = std::move(render)](const http::Request& request) {
      const std::string_view name = FirstSegment(request.path);
      if (common && name == "common") return http::Response::Json(200, render(Guid()));
      const auto tenant = Guid::Parse(name);
      if (!tenant || !registry.Read()->tenants.contains(*tenant)) return RenderUnknownTenant(name);
      return http::Response::Json(200, render(*tenant));
    };
  };
  const auto discovery = [&authority](Version version) -> Render {
    return [&authority, version](const Guid& t) { return authority.RenderDiscovery(t, version); };
  };
  const auto keys = [&authority](Version version) -> Render {
    return [&authority, version](const Guid& t) { return authority.RenderJwks(t, version); };
  };

  router->Add("GET", "/{tenant}/.well-known/openid-configuration",
              for_tenant(false, discovery(Version::kV1)));
  router->Add("GET", "/{tenant}/v2.0/.well-known/openid-configuration",
              for_tenant(false, discovery(Version::kV2)));
  router->Add("GET", "/{tenant}/discovery/keys", for_tenant(true, keys(Version::kV1)));
  router->Add("GET", "/{tenant}/discovery/v2.0/keys", for_tenant(false, keys(Version::kV2)));

  const auto token = [&endpoint](EndpointVersion version) -> http::Handler {
    return
        [&endpoint, version](const http::Request& r) { return endpoint.HandleToken(version, r); };
  };
  router->Add("POST", "/{tenant}/oauth2/token", token(EndpointVersion::kV1));
  router->Add("POST", "/{tenant}/oauth2/v2.0/token", token(EndpointVersion::kV2));
}

}  // namespace openimds::oauth
