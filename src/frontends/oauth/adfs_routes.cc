// SPDX-License-Identifier: Apache-2.0
// The authority in the shape of an ADFS.
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "frontends/oauth/routes.h"

namespace openimds::oauth {
namespace {

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

}  // namespace openimds::oauth
