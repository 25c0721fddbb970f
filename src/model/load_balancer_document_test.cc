// SPDX-License-Identifier: Apache-2.0
#include "model/load_balancer_document.h"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/reasons.h"
#include "model/machine_profile.h"
#include "testing/matchers.h"
#include "testing/sample_entities.h"

namespace openimds {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

std::optional<json::object> DocumentWith(const std::string& profile) {
  Machine machine = SampleMachine();
  auto read = MachineProfile::Parse(profile);
  if (!read) ADD_FAILURE() << read.error().message;
  machine.profile = std::make_shared<const MachineProfile>(*std::move(read));
  return LoadBalancerDocument(machine);
}

TEST(LoadBalancerDocumentTest, ShowsAzuresSampleByteForByte) {
  const std::string sample =
      R"({"loadbalancer":{"publicIpAddresses":[{"frontendIpAddress":"51.0.0.1",)"
      R"("privateIpAddress":"10.1.0.4"}],"inboundRules":[{"frontendIpAddress":"50.0.0.1",)"
      R"("protocol":"tcp","frontendPort":80,"backendPort":443,"privateIpAddress":"10.1.0.4"},)"
      R"({"frontendIpAddress":"2603:10e1:100:2::1:1","protocol":"tcp","frontendPort":80,)"
      R"("backendPort":443,"privateIpAddress":"ace:cab:deca:deed::1"}],"outboundRules":[)"
      R"({"frontendIpAddress":"50.0.0.1","privateIpAddress":"10.1.0.4"},)"
      R"({"frontendIpAddress":"2603:10e1:100:2::1:1","privateIpAddress":"ace:cab:deca:deed::1"}]}})";
  const auto document = DocumentWith(sample);
  ASSERT_TRUE(document);
  EXPECT_EQ(json::serialize(*document), sample);
}

TEST(LoadBalancerDocumentTest, IsNothingUntilItIsSaid) {
  EXPECT_FALSE(LoadBalancerDocument(SampleMachine()));
  EXPECT_FALSE(DocumentWith("{}"));
  EXPECT_FALSE(DocumentWith(R"({"compute":{"vmSize":"x"}})"));
}

TEST(LoadBalancerDocumentTest, WhatIsNotSaidComesFromTheMachine) {
  const auto document = DocumentWith(R"({
      "network":{"interface":[
          {"ipv4":{"ipAddress":[{"privateIpAddress":"10.0.0.7","publicIpAddress":"20.0.0.1"},
                                {"privateIpAddress":"10.0.0.8"}]}},
          {"ipv4":{"ipAddress":[{"privateIpAddress":"10.0.1.7","publicIpAddress":"20.0.0.2"}]}}]},
      "loadbalancer":{"inboundRules":[{"frontendIpAddress":"50.0.0.1","protocol":"ALL"}]}})");
  ASSERT_TRUE(document);
  EXPECT_EQ(json::value(*document), json::parse(R"({"loadbalancer":{
      "publicIpAddresses":[{"frontendIpAddress":"20.0.0.1","privateIpAddress":"10.0.0.7"},
                           {"frontendIpAddress":"20.0.0.2","privateIpAddress":"10.0.1.7"}],
      "inboundRules":[{"frontendIpAddress":"50.0.0.1","protocol":"all","frontendPort":0,
                       "backendPort":0,"privateIpAddress":"10.0.0.7"}],
      "outboundRules":[]}})"));
}

TEST(LoadBalancerDocumentTest, WhatIsSaidWrongIsRefusedByName) {
  const struct {
    const char* rules;
    const char* message;
  } bad_ones[] = {
      {R"({"inboundRules":[{"frontendPort":65536}]})",
       "'loadbalancer.inboundRules.0.frontendPort': expected a number from 0 to 65535"},
      {R"({"inboundRules":[{"frontendPort":-1}]})", "expected a number from 0 to 65535"},
      {R"({"inboundRules":[{"backendPort":""}]})", "expected a number from 0 to 65535"},
      {R"({"inboundRules":[{"backendPort":1.5}]})", "expected a number from 0 to 65535"},
      {R"({"inboundRules":[{"protocol":"icmp"}]})", "expected tcp, udp or all"},
      {R"({"outboundRules":[{"frontendPort":80}]})", "'loadbalancer.outboundRules.0.frontendPort'"},
      {R"({"outboundRules":[{"privateIpAddress":"10.0.0"}]})", "expected an IPv4 or IPv6 address"},
      {R"({"outboundRules":{}})", "'loadbalancer.outboundRules': expected an array"},
      {R"({"rules":[]})", "'loadbalancer.rules': unknown"},
  };
  for (const auto& bad : bad_ones) {
    const auto profile =
        MachineProfile::Parse(R"({"loadbalancer":)" + std::string(bad.rules) + "}");
    ASSERT_THAT(profile, FailsWith(reasons::kProfileInvalid)) << bad.rules;
    EXPECT_THAT(profile.error().message, HasSubstr(bad.message));
  }
}

TEST(LoadBalancerDocumentTest, PortsMayBeTextAndAreKeptAsNumbers) {
  const auto profile =
      MachineProfile::Parse(R"({"loadbalancer":{"inboundRules":[{"frontendPort":"80"}]}})");
  ASSERT_THAT(profile, IsOk());
  const std::string kept = json::serialize(profile->json());
  EXPECT_THAT(kept, HasSubstr(R"("frontendPort":80)"));
  EXPECT_THAT(MachineProfile::Parse(kept), IsOk());
}

}  // namespace
}  // namespace openimds
