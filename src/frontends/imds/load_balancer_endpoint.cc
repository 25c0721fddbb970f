// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/load_balancer_endpoint.h"

#include "frontends/imds/general_category.h"
#include "frontends/imds/instance_response.h"
#include "frontends/imds/load_balancer_response.h"
#include "http/form.h"

namespace openimds::imds {
namespace {

Result<void> CheckQuery(std::string_view query) {
  http::Form form;
  TRY_VOID(form.Add(query));
  TRY_VOID(ParseVersionFrom(kLoadBalancerSince, form));
  return CheckJsonFormat(form);
}

}  // namespace

http::Reply LoadBalancerEndpoint::HandleLoadBalancer(const http::Request& request) const {
  const std::shared_ptr<const Door>& door = door_.Read();
  if (auto refusal = RefuseBeforeQuestion(request, *door)) return *std::move(refusal);
  if (auto query = CheckQuery(request.query); !query) return RenderInstanceError(query.error());
  const auto entry = broker_.FindMachine(*door, request.peer);
  if (!entry) return RenderInstanceError(entry.error());
  return RenderLoadBalancer(*(*entry)->machine);
}

}  // namespace openimds::imds
