// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/daemon_plan.h"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/reasons.h"
#include "extension/handler/goal_state_test_fixture.h"
#include "testing/cms_envelope_maker.h"
#include "testing/matchers.h"

namespace openimds::extension {
namespace {

namespace json = boost::json;

constexpr char kClient[] = "aaaaaaaa-0000-0000-0000-000000000001";

const SampleCertificate& Ours() {
  static const SampleCertificate made = MakeSampleCertificate();
  return made;
}
Time Now() { return std::chrono::system_clock::now() + std::chrono::hours{1}; }

class DaemonPlanTest : public testing::Test {
 protected:
  HandlerSettings Public(std::string_view text) {
    HandlerSettings settings;
    settings.public_settings = json::parse({text.data(), text.size()}).as_object();
    return settings;
  }

  HandlerSettings Protected(std::string_view text, const json::object& secrets) {
    HandlerSettings settings = Public(text);
    settings.thumbprint = thumbprint_;
    settings.protected_settings = MakeCmsEnvelope(Ours().certificate, json::serialize(secrets));
    return settings;
  }

  Result<DaemonPlan> Plan(const HandlerSettings& settings) {
    PlanPlaces places;
    places.environment.package_folder = agent_.path() / "P.T-1.0";
    places.environment.log_folder = "/var/log/azure/P.T";
    places.credential_file = "/service/credential.pem";
    places.generation = 5;
    return PlanDaemon(settings, places, Now());
  }

  std::string Authority(const std::string& certificate) {
    return R"({"authority":{"url":"https://login.example","tenant":"contoso.example"},)" +
           certificate + R"("identities":[{"clientId":")" + kClient + R"("}]})";
  }

  AgentFolder agent_;
  const std::string thumbprint_ = agent_.Add(Ours());
};

TEST_F(DaemonPlanTest, NoSettingsAreTheBridgeOnTheOldPort) {
  const auto plan = Plan({});
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->settings.port, 50342);
  EXPECT_EQ(plan->settings.mode, DaemonMode::kImds);
  EXPECT_EQ(plan->settings.generation, 5U);
  EXPECT_EQ(plan->settings.package_dir, agent_.path() / "P.T-1.0");
  EXPECT_EQ(plan->settings.state_dir, agent_.path().parent_path() / "managed-identity-extension");
  EXPECT_FALSE(plan->credential.has_value());
  EXPECT_TRUE(plan->parts.empty());
}

TEST_F(DaemonPlanTest, APortMayBeText) {
  for (const char* text : {R"({"port":50343})", R"({"port":"50343"})"}) {
    const auto plan = Plan(Public(text));
    ASSERT_THAT(plan, IsOk());
    EXPECT_EQ(plan->settings.port, 50343);
  }
  for (const char* text : {R"({"port":0})", R"({"port":65536})", R"({"port":"http"})"}) {
    EXPECT_THAT(Plan(Public(text)), FailsWith(reasons::kConfigInvalid)) << text;
  }
}

TEST_F(DaemonPlanTest, WhatNobodyKnowsIsLeftOutAndNamed) {
  const auto plan = Plan(Public(R"({"prot":50343,"stateDir":"/etc","xyzzyxyzzy":1})"));
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->settings.port, 50342);
  ASSERT_EQ(plan->parts.size(), 3U);
  EXPECT_NE(plan->parts[0].message.find("is it 'port'?"), std::string::npos);
  EXPECT_NE(plan->settings.state_dir, "/etc");
}

TEST_F(DaemonPlanTest, ACertificateOfTheGoalStateIsNamedByItsThumbprintOrItsName) {
  for (const std::string& named :
       {R"("thumbprint":")" + thumbprint_ + '"', std::string(R"("commonName":"sample")")}) {
    const auto plan = Plan(Public(Authority(R"("certificate":{)" + named + "},")));
    ASSERT_THAT(plan, IsOk());
    EXPECT_EQ(plan->settings.mode, DaemonMode::kAuthority);
    ASSERT_EQ(plan->settings.identities.size(), 1U);
    EXPECT_EQ(plan->settings.identities[0].certificate.key, agent_.path() / (thumbprint_ + ".prv"));
  }
}

TEST_F(DaemonPlanTest, EachIdentityMayHaveACertificateOfItsOwn) {
  const auto plan =
      Plan(Public(R"({"authority":{"tenant":"contoso.example"},"identities":[{"clientId":")" +
                  std::string(kClient) + R"(","certificate":{"commonName":"sample"}}]})"));
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->settings.identities[0].certificate.certificate,
            agent_.path() / (thumbprint_ + ".crt"));
}

TEST_F(DaemonPlanTest, ACertificateThatDidNotComeIsADependency) {
  EXPECT_THAT(Plan(Public(Authority(R"("certificate":{"commonName":"other"},)"))),
              FailsWith(reasons::kHandlerDependency));
  EXPECT_THAT(
      Plan(Public(Authority(R"("certificate":{"thumbprint":")" + std::string(40, '0') + R"("},)"))),
      FailsWith(reasons::kHandlerDependency));
}

TEST_F(DaemonPlanTest, AnIdentityWithoutAnyCertificateIsRefused) {
  EXPECT_THAT(Plan(Public(Authority(""))), FailsWith(reasons::kConfigInvalid));
}

TEST_F(DaemonPlanTest, ProtectedSettingsMayHoldTheCertificate) {
  const auto plan =
      Plan(Protected(Authority(""), {{"certificate", Ours().certificate}, {"key", Ours().key}}));
  ASSERT_THAT(plan, IsOk());
  ASSERT_TRUE(plan->credential.has_value());
  EXPECT_EQ(plan->settings.identities[0].certificate.key, "/service/credential.pem");
  EXPECT_THAT(ParseClientCertificate(*plan->credential, Secret()), IsOk());
}

TEST_F(DaemonPlanTest, TwoCertificatesAreOneTooMany) {
  EXPECT_THAT(Plan(Protected(Authority(R"("certificate":{"commonName":"sample"},)"),
                             {{"certificate", Ours().certificate}, {"key", Ours().key}})),
              FailsWith(reasons::kHandlerSettings));
}

TEST_F(DaemonPlanTest, ProtectedSettingsThatAreNoCertificateAreRefusedUnquoted) {
  const auto plan = Plan(Protected(Authority(""), {{"certificate", "s3cr3t"}, {"key", "s3cr3t"}}));
  ASSERT_THAT(plan, FailsWith(reasons::kHandlerSettings));
  EXPECT_EQ(plan.error().message.find("s3cr3t"), std::string::npos);
}

TEST_F(DaemonPlanTest, OtherProtectedSettingsAreLeftOutUnnamed) {
  const auto plan = Plan(Protected("{}", {{"s3cr3t", "s3cr3t"}}));
  ASSERT_THAT(plan, IsOk());
  ASSERT_EQ(plan->parts.size(), 1U);
  EXPECT_EQ(plan->parts[0].message.find("s3cr3t"), std::string::npos);
}

TEST_F(DaemonPlanTest, ATokenIsAskedForAnIdentityThatThereIs) {
  const std::string any = "/oauth2/token?resource=https%3A%2F%2Fmanagement.azure.com%2F";
  EXPECT_EQ(Plan({})->token_target, any);
  const std::string certificate = R"("certificate":{"commonName":"sample"},)";
  EXPECT_EQ(Plan(Public(Authority(certificate)))->token_target, any + "&client_id=" + kClient);
  EXPECT_EQ(Plan(Public(R"({"callers":[{"uid":33}]})"))->token_target, "")
      << "root need not be among the callers";
}

}  // namespace
}  // namespace openimds::extension
