// SPDX-License-Identifier: Apache-2.0
// The operations about credentials, clients of our authority, and the cache.
#include <string>

#include "authority/client_authenticator.h"
#include "frontends/control/control_test_fixture.h"
#include "testing/sample_certificate.h"

namespace openimds::control {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class CredentialOperationsTest : public ControlTest {
 protected:
  static std::string Named(const std::string& identity, const std::string& more = "") {
    return R"({"identity":")" + identity + "\"" + more + "}";
  }
  Guid ClientIdOf(const std::string& name) {
    return registry_->Read()->FindIdentity(name)->client_id;
  }
};

TEST_F(CredentialOperationsTest, ACredentialIsSetShownAndReset) {
  EXPECT_THAT(Answer("identity.credential.show", Named("openimds-identity")),
              HasSubstr(R"("kind":"embedded","options":{},"source":"default")"));
  const std::string set =
      Named("openimds-identity", R"(,"kind":"certificate","certificate_file":"/etc/app.pem")");
  EXPECT_THAT(Answer("identity.credential.set", set),
              HasSubstr(R"("kind":"certificate","options":{"certificate_file":"/etc/app.pem"})"));
  EXPECT_THAT(Answer("identity.credential.show", Named("openimds-identity")),
              HasSubstr(R"("source":"registry")"));
  EXPECT_THAT(Answer("identity.credential.reset", Named("openimds-identity")),
              HasSubstr(R"("kind":"embedded")"));
}

TEST_F(CredentialOperationsTest, AMachinesNameMeansItsSystemAssignedIdentity) {
  EXPECT_THAT(Answer("identity.credential.set", Named("host-1", R"(,"kind":"az_cli")")),
              HasSubstr("/virtualMachines/host-1"));
}

TEST_F(CredentialOperationsTest, WhatTheConfigurationFileSetsIsNotChangedFromHere) {
  credentials_->Reconfigure(
      {{ConfiguredIdentityKey("OpenIMDS-identity"), *MakeCredentialSettings("az_cli", {})}});
  EXPECT_THAT(Answer("identity.credential.show", Named("openimds-identity")),
              HasSubstr(R"("kind":"az_cli","options":{},"source":"configuration")"));
  for (const char* operation : {"identity.credential.set", "identity.credential.reset"}) {
    const std::string more =
        std::string(operation).ends_with("set") && !std::string(operation).ends_with("reset")
            ? R"(,"kind":"embedded")"
            : "";
    EXPECT_THAT(Answer(operation, Named("openimds-identity", more)),
                StartsWith("registry.in_use: "));
  }
}

TEST_F(CredentialOperationsTest, AChangeOfCredentialCountsAtTheNextToken) {
  const std::string token = R"({"resource":"https://vault.azure.net"})";
  EXPECT_THAT(Answer("token.get", token), HasSubstr("access_token"));
  Answer("identity.credential.set",
         Named("host-1", R"(,"kind":"client_secret","secret_file":"/nonexistent")"));
  EXPECT_THAT(Answer("token.get", token), StartsWith("credential.unreadable: "));
  Answer("identity.credential.reset", Named("host-1"));
  EXPECT_THAT(Answer("token.get", token), HasSubstr("access_token"));
}

TEST_F(CredentialOperationsTest, ASecretIsShownOnceAndKeptAsAHash) {
  const auto made = Run("identity.secret.create", Named("openimds-identity", R"(,"days":"1")"));
  ASSERT_THAT(made, IsOk());
  const std::string secret(made->at("secretText").as_string());
  EXPECT_GE(secret.size(), 40U);
  const auto client = registry_->Read()->clients.at(ClientIdOf("openimds-identity"));
  EXPECT_THAT(client->passwords.at(0).hash, AllOf(StartsWith("scrypt$"), Not(HasSubstr(secret))));
  EXPECT_THAT(Answer("identity.secret.list", Named("openimds-identity")),
              AllOf(HasSubstr(secret.substr(0, 3)), Not(HasSubstr(secret))));
  const std::string key_id(made->at("keyId").as_string());
  EXPECT_THAT(
      Answer("identity.secret.delete", Named("openimds-identity", R"(,"keyId":")" + key_id + "\"")),
      HasSubstr("deleted"));
  EXPECT_EQ(Answer("identity.secret.list", Named("openimds-identity")), "[]");
}

TEST_F(CredentialOperationsTest, NoSecretBeginsWithADashThatCommandLinesTakeForAnOption) {
  for (int i = 0; i < 20; ++i) {
    const auto made = Run("identity.secret.create", Named("openimds-identity"));
    ASSERT_THAT(made, IsOk());
    EXPECT_NE(std::string(made->at("secretText").as_string()).front(), '-');
    Answer("identity.secret.delete",
           Named("openimds-identity",
                 R"(,"keyId":")" + std::string(made->at("keyId").as_string()) + "\""));
  }
}

TEST_F(CredentialOperationsTest, DaysAreBounded) {
  for (const char* days : {"0", "731", "-1", "x"}) {
    EXPECT_THAT(Answer("identity.secret.create",
                       Named("openimds-identity", std::string(R"(,"days":")") + days + "\"")),
                HasSubstr("argument 'days'"));
  }
}

TEST_F(CredentialOperationsTest, ACertificateIsRegisteredWithoutItsKey) {
  const SampleCertificate sample = MakeSampleCertificate();
  const auto argument = [](const std::string& pem) {
    return boost::json::serialize(
        boost::json::object{{"identity", "openimds-identity"}, {"certificate", pem}});
  };
  EXPECT_THAT(Answer("identity.certificate.create", argument(sample.certificate)),
              HasSubstr(R"("subject":"CN=sample")"));
  EXPECT_THAT(Answer("identity.certificate.create", argument(sample.both())),
              AllOf(HasSubstr("private key"), Not(HasSubstr("BEGIN"))));
}

TEST_F(CredentialOperationsTest, FederatedIssuersAreNamedOnce) {
  const std::string good =
      Named("openimds-identity", R"(,"name":"ci","issuer":"https://issuer.example","subject":"s")");
  EXPECT_THAT(Answer("identity.federated.create", good),
              HasSubstr(R"("audiences":["api://AzureADTokenExchange"])"));
  EXPECT_THAT(Answer("identity.federated.create", good), StartsWith("registry.exists: "));
  for (const std::string issuer :
       {"http://issuer.example", "http://localhost.example", "http://127.0.0.1.example/"}) {
    EXPECT_THAT(Answer("identity.federated.create",
                       Named("openimds-identity",
                             R"(,"name":"x","issuer":")" + issuer + R"(","subject":"s")")),
                HasSubstr("argument 'issuer'"));
  }
  EXPECT_THAT(Answer("identity.federated.delete", Named("openimds-identity", R"(,"name":"CI")")),
              HasSubstr("deleted"));
  EXPECT_THAT(Answer("identity.federated.delete", Named("openimds-identity", R"(,"name":"ci")")),
              StartsWith("registry.not_found: "));
}

TEST_F(CredentialOperationsTest, TheCacheIsListedAndPurged) {
  Answer("token.get", R"({"resource":"https://a.example"})");
  Answer("token.get", R"({"resource":"https://b.example"})");
  EXPECT_THAT(Answer("cache.list"),
              AllOf(HasSubstr("https://a.example"), HasSubstr(R"("fetches":2,"failures":0)"),
                    Not(HasSubstr("eyJ"))));
  EXPECT_EQ(Answer("cache.purge", R"({"resource":"https://a.example"})"), R"({"purged":1})");
  EXPECT_EQ(Answer("cache.purge", R"({"identity":"openimds-identity"})"), R"({"purged":0})");
  EXPECT_EQ(Answer("cache.purge", R"({"identity":"host-1"})"), R"({"purged":1})");
}

TEST_F(CredentialOperationsTest, TheIssuersFilesAreWhatFederationReads) {
  const auto answer = Run("authority.publish");
  ASSERT_THAT(answer, IsOk());
  const auto& files = answer->at("files").as_object();
  ASSERT_EQ(files.size(), 2U);
  const std::string document(files.at(".well-known/openid-configuration").as_string());
  EXPECT_THAT(document, HasSubstr(std::string(answer->at("issuer").as_string())));
  EXPECT_THAT(std::string(files.at("discovery/keys").as_string()), HasSubstr(R"("kty":"RSA")"));
}

}  // namespace
}  // namespace openimds::control
