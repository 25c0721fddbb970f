// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "frontends/imds/attested_endpoint.h"
#include "frontends/imds/instance_endpoint.h"
#include "frontends/imds/load_balancer_endpoint.h"
#include "frontends/imds/scheduled_events_endpoint.h"
#include "frontends/imds/token_endpoint.h"
#include "frontends/imds/whois_endpoint.h"
#include "http/router.h"

namespace openimds::imds {

// The paths of IMDS. The endpoints must outlive the router and what it deferred.
// `/metadata/reprovisiondata` is not among them: 404 tells cloud-init that there is none.
void AddRoutes(const TokenEndpoint& tokens, const InstanceEndpoint& instance, http::Router* router);
void AddAttestedRoutes(const AttestedEndpoint& attested, http::Router* router);
void AddLoadBalancerRoutes(const LoadBalancerEndpoint& balancer, http::Router* router);
void AddEventRoutes(const ScheduledEventsEndpoint& events, http::Router* router);
std::shared_ptr<http::Router> MakeRouter();

// Ours, outside of `/metadata`.
void AddWhoisRoute(const WhoisEndpoint& whois, http::Router* router);

}  // namespace openimds::imds
