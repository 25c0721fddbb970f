// SPDX-License-Identifier: Apache-2.0
#include "frontends/oauth/routes.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "frontends/oauth/error_response.h"

namespace openimds::oauth {
namespace {

std::string_view FirstSegment(std::string_view path) {
  return path.substr(1, path.find('/', 1) - 1);
}

std::string BaseUrl(const http::Request& request) {
  return "https://" + std::string(request.FindHeader("Host").value_or(""));
}

http::Reply AdfsDiscovery(const http::Request& request) {
  const std::string url = BaseUrl(request) + "/adfs";
  const boost::json::object document{
      {"issuer", url},
      {"authorization_endpoint", url + "/oauth2/authorize"},
      {"token_endpoint", url + "/oauth2/token"},
      {"jwks_uri", BaseUrl(request) + "/common/discovery/keys"},
      {"token_endpoint_auth_methods_supported",
       {"client_secret_post", "private_key_jwt", "client_secret_basic"}},
      {"grant_types_supported", boost::json::array{"client_credentials"}},
      {"response_types_supported", boost::json::array{"code"}},
      {"subject_types_supported", boost::json::array{"public"}},
      {"id_token_signing_alg_values_supported", boost::json::array{"RS256"}}};
  return http::Response::Json(200, boost::json::serialize(document));
}

http::Reply InstanceDiscovery(const http::Request& request) {
  const std::string host(request.FindHeader("Host").value_or(""));
  const boost::json::object document{
      {"tenant_discovery_endpoint", BaseUrl(request) + "/adfs/.well-known/openid-configuration"},
      {"metadata", boost::json::array{boost::json::object{
                       {"preferred_network", host},
                       {"preferred_cache", host},
                       {"aliases", boost::json::array{boost::json::value(host)}}}}}};
  return http::Response::Json(200, boost::json::serialize(document));
}

}  // namespace

void AddAdfsRoutes(const TokenEndpoint& endpoint, http::Router* router) {
  router->Add("GET", "/adfs/.well-known/openid-configuration", AdfsDiscovery);
  router->Add("GET", "/common/discovery/instance", InstanceDiscovery);
  router->Add("POST", "/adfs/oauth2/token", [&endpoint](const http::Request& request) {
    return endpoint.HandleToken(EndpointVersion::kAdfs, request);
  });
}

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
