// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/routes.h"

#include "frontends/imds/token_response.h"

namespace openimds::imds {

std::shared_ptr<http::Router> MakeRouter() {
  return std::make_shared<http::Router>(http::Router::Options{.first_segment_ignores_case = true},
                                        RenderRefusal);
}

void AddRoutes(const TokenEndpoint& tokens, const InstanceEndpoint& instance,
               http::Router* router) {
  const auto token = [&tokens](const http::Request& request) {
    return tokens.HandleToken(request);
  };
  router->Add("GET", "/metadata/identity/oauth2/token", token);
  router->Add("GET", "/metadata/identity/oauth2/token/", token);  // @azure/identity adds the slash
  router->Add("GET", "/metadata/identity/info",
              [&tokens](const http::Request& request) { return tokens.HandleInfo(request); });

  const auto document = [&instance](const http::Request& request) {
    return instance.HandleInstance(request);
  };
  router->Add("GET", "/metadata/instance", document);
  router->Add("GET", "/metadata/instance/{path...}", document);
  const auto versions = [&instance](const http::Request& request) {
    return instance.HandleVersions(request);
  };
  router->Add("GET", "/metadata/versions", versions);
  router->Add("GET", "/metadata/versions/", versions);
  const auto root = [&instance](const http::Request& request) {
    return instance.HandleRoot(request);
  };
  router->Add("GET", "/metadata", root);
  router->Add("GET", "/metadata/", root);
}

void AddAttestedRoutes(const AttestedEndpoint& attested, http::Router* router) {
  const auto document = [&attested](const http::Request& request) {
    return attested.HandleDocument(request);
  };
  router->Add("GET", "/metadata/attested/document", document);
  router->Add("GET", "/metadata/attested/document/", document);
}

void AddLoadBalancerRoutes(const LoadBalancerEndpoint& balancer, http::Router* router) {
  const auto rules = [&balancer](const http::Request& request) {
    return balancer.HandleLoadBalancer(request);
  };
  router->Add("GET", "/metadata/loadbalancer", rules);
  router->Add("GET", "/metadata/loadbalancer/", rules);
}

void AddWhoisRoute(const WhoisEndpoint& whois, http::Router* router) {
  router->Add("GET", "/openimds/whois",
              [&whois](const http::Request& request) { return whois.Handle(request); });
}

void AddEventRoutes(const ScheduledEventsEndpoint& events, http::Router* router) {
  for (const char* path : {"/metadata/scheduledevents", "/metadata/scheduledevents/"}) {
    router->Add("GET", path,
                [&events](const http::Request& request) { return events.HandleList(request); });
    router->Add("POST", path,
                [&events](const http::Request& request) { return events.HandleStart(request); });
  }
}

}  // namespace openimds::imds
