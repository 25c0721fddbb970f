// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/load_balancer_response.h"

#include <gmock/gmock.h>

#include "model/machine_profile.h"
#include "testing/answers.h"
#include "testing/sample_entities.h"

namespace openimds::imds {
namespace {

TEST(LoadBalancerResponseTest, AMachineBehindNoneIsToldSo) {
  const auto response = RenderLoadBalancer(SampleMachine());
  EXPECT_EQ(response.status, 404);
  EXPECT_THAT(BodyOf(response), testing::StartsWith(R"({"error":"No load balancer metadata)"));
  EXPECT_TRUE(response.server.starts_with("IMDS/"));
}

TEST(LoadBalancerResponseTest, PortsAreNumbers) {
  Machine machine = SampleMachine();
  machine.profile = std::make_shared<const MachineProfile>(*MachineProfile::Parse(
      R"({"loadbalancer":{"inboundRules":[{"frontendPort":80,"backendPort":443}]}})"));
  const auto response = RenderLoadBalancer(machine);
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(BodyOf(response), testing::HasSubstr(R"("frontendPort":80,"backendPort":443)"));
}

TEST(LoadBalancerResponseTest, OnlyItsOwnPathsAreRefusedInItsWords) {
  for (const char* path :
       {"/metadata/loadbalancer", "/METADATA/loadbalancer/x", "/metadata/loadbalancer/"}) {
    EXPECT_TRUE(IsLoadBalancerPath(path)) << path;
  }
  for (const char* path : {"/metadata", "/metadata/loadbalancers", "/metadata/LoadBalancer", "/",
                           "/metadatax/loadbalancer", "/metadata//loadbalancer"}) {
    EXPECT_FALSE(IsLoadBalancerPath(path)) << path;
  }
}

TEST(LoadBalancerResponseTest, WhatIsRepeatedInARefusalIsQuoted) {
  const Peer peer;
  const http::Request request{.method = "POST",
                              .path = "/metadata/loadbalancer/'x'",
                              .query = {},
                              .headers = {},
                              .body = {},
                              .peer = peer};
  EXPECT_EQ(BodyOf(RenderLoadBalancerRefusal(404, request)),
            R"({"error":"API is not found: Path = \"/metadata/loadbalancer/'x'\", )"
            R"(Method = \"POST\""})");
  EXPECT_THAT(BodyOf(RenderLoadBalancerRefusal(405, request)),
              testing::HasSubstr("Http method is not allowed: Path = "));
}

}  // namespace
}  // namespace openimds::imds
