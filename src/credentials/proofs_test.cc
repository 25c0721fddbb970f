// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>

#include "base/reasons.h"
#include "credentials/certificate.h"
#include "credentials/client_secret.h"
#include "credentials/federated_file.h"
#include "credentials/federated_issuer.h"
#include "crypto/assertion.h"
#include "testing/fake_clock.h"
#include "testing/matchers.h"
#include "testing/sample_certificate.h"
#include "testing/sample_entities.h"
#include "testing/temporary_folder.h"

namespace openimds {
namespace {

using testing::HasSubstr;
using testing::Not;
using Options = std::map<std::string, std::string, std::less<>>;

class ProofsTest : public testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& bytes, mode_t mode = 0600) {
    const std::string path = (folder_.path() / name).string();
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    chmod(path.c_str(), mode);
    return path;
  }
  ProofRequest Asked() const {
    return {token_, "app 1", "https://login.example/t/oauth2/v2.0/token", clock_.Now()};
  }
  static CredentialSettings Settings(const std::string& kind, const Options& options) {
    const auto settings = MakeCredentialSettings(kind, options);
    EXPECT_THAT(settings, IsOk());
    return *settings;
  }
  static std::string Value(const Result<Proof>& proof, std::string_view name) {
    for (const auto& [key, value] : proof->form) {
      if (key == name) return std::string(value.RevealSecret());
    }
    return "";
  }

  TemporaryFolder folder_;
  FakeClock clock_{std::chrono::system_clock::now()};
  const TokenRequest token_ = SampleTokenRequest();
};

TEST_F(ProofsTest, ASecretComesFromAFileWithoutItsLineBreakAndIsReadAnew) {
  const std::string path = Write("secret", "first\n");
  const auto proof = MakeClientSecretProof(Settings("client_secret", {{"secret_file", path}}));
  EXPECT_EQ(Value(proof->Make(Asked()), "client_secret"), "first");
  Write("secret", "second\r\n");
  EXPECT_EQ(Value(proof->Make(Asked()), "client_secret"), "second");
}

TEST_F(ProofsTest, ASecretComesFromTheEnvironmentOrFromSystemd) {
  setenv("OPENIMDS_TEST_SECRET", "from env", 1);
  EXPECT_EQ(Value(MakeClientSecretProof(
                      Settings("client_secret", {{"secret_env", "OPENIMDS_TEST_SECRET"}}))
                      ->Make(Asked()),
                  "client_secret"),
            "from env");
  Write("app", "from systemd");
  setenv("CREDENTIALS_DIRECTORY", folder_.path().c_str(), 1);
  const auto proof = MakeClientSecretProof(Settings("client_secret", {{"secret_systemd", "app"}}));
  EXPECT_EQ(Value(proof->Make(Asked()), "client_secret"), "from systemd");
  unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_THAT(proof->Make(Asked()), FailsWith(reasons::kCredentialUnreadable));
}

TEST_F(ProofsTest, BasicAuthenticationEncodesBothPartsFirst) {
  const std::string path = Write("secret", "s:e cret");
  const auto proof =
      MakeClientSecretProof(
          Settings("client_secret", {{"secret_file", path}, {"client_authentication", "basic"}}))
          ->Make(Asked());
  ASSERT_THAT(proof, IsOk());
  EXPECT_TRUE(proof->form.empty());
  // base64 of `app+1:s%3Ae+cret`
  EXPECT_EQ(proof->authorization->RevealSecret(), "Basic YXBwKzE6cyUzQWUrY3JldA==");
}

TEST_F(ProofsTest, AFileThatOthersMayReadOrThatIsNotThereIsRefusedWithoutItsContent) {
  const std::string open = Write("secret", "hunter2", 0644);
  for (const std::string& path :
       {open, folder_.path().string() + "/missing", folder_.path().string(), Write("empty", ""),
        Write("blank", "\n"), Write("huge", std::string(300'000, 'x'))}) {
    const auto proof =
        MakeClientSecretProof(Settings("client_secret", {{"secret_file", path}}))->Make(Asked());
    ASSERT_THAT(proof, FailsWith(reasons::kCredentialUnreadable)) << path;
    EXPECT_THAT(proof.error().message, Not(HasSubstr("hunter2")));
    EXPECT_THAT(proof.error().message, HasSubstr(path));
  }
}

TEST_F(ProofsTest, ACertificateSignsAnAssertionForTheEndpoint) {
  const SampleCertificate sample = MakeSampleCertificate();
  const std::string path = Write("app.pem", sample.both());
  for (const std::string algorithm : {"PS256", "RS256"}) {
    const auto proof = MakeCertificateProof(Settings("certificate", {{"certificate_file", path},
                                                                     {"algorithm", algorithm}}))
                           ->Make(Asked());
    ASSERT_THAT(proof, IsOk());
    EXPECT_EQ(Value(proof, "client_assertion_type"),
              "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    const auto read = ReadAssertion(Value(proof, "client_assertion"));
    ASSERT_THAT(read, IsOk());
    const auto known = *PublicCertificate::Parse(sample.certificate);
    EXPECT_TRUE(known.Verify(read->algorithm, read->signing_input, read->signature));
    EXPECT_EQ(read->algorithm == AssertionAlgorithm::kPs256, algorithm == "PS256");
    EXPECT_EQ(read->claims.at("aud").as_string(), Asked().token_endpoint);
    EXPECT_EQ(read->claims.at("iss"), "app 1");
    EXPECT_EQ(read->claims.at("sub"), "app 1");
    const auto life = read->claims.at("exp").as_int64() - read->claims.at("nbf").as_int64();
    EXPECT_LE(life, 600);
    EXPECT_GE(life, 300);
  }
}

TEST_F(ProofsTest, EveryAssertionHasAnIdOfItsOwn) {
  const std::string path = Write("app.pem", MakeSampleCertificate().both());
  const auto proof = MakeCertificateProof(Settings("certificate", {{"certificate_file", path}}));
  const auto first = ReadAssertion(Value(proof->Make(Asked()), "client_assertion"));
  const auto second = ReadAssertion(Value(proof->Make(Asked()), "client_assertion"));
  EXPECT_NE(first->claims.at("jti"), second->claims.at("jti"));
}

TEST_F(ProofsTest, AnExpiredCertificateIsSaidToBeSo) {
  const std::string path = Write("app.pem", MakeSampleCertificate().both());
  clock_.Advance(std::chrono::hours{24 * 365 * 11});
  const auto proof =
      MakeCertificateProof(Settings("certificate", {{"certificate_file", path}}))->Make(Asked());
  ASSERT_THAT(proof, FailsWith(reasons::kCredentialInvalid));
  EXPECT_THAT(proof.error().message, HasSubstr("expired at 20"));
}

TEST_F(ProofsTest, AFederatedTokenComesFromItsFileHoweverReadable) {
  const std::string path = Write("token", "a.b.c\n", 0644);
  const auto given =
      MakeFederatedFileProof(Settings("federated_file", {{"token_file", path}}))->Make(Asked());
  EXPECT_EQ(Value(given, "client_assertion"), "a.b.c");
  setenv("AZURE_FEDERATED_TOKEN_FILE", path.c_str(), 1);
  const auto proof = MakeFederatedFileProof(Settings("federated_file", {}));
  EXPECT_EQ(Value(proof->Make(Asked()), "client_assertion"), "a.b.c");
  unsetenv("AZURE_FEDERATED_TOKEN_FILE");
  EXPECT_THAT(proof->Make(Asked()), FailsWith(reasons::kCredentialUnreadable));
}

TEST_F(ProofsTest, OurIssuerSignsAnAssertionThatItsPublishedKeysVerify) {
  const auto keys = *KeyRing::Open(folder_.path() / "keys", clock_);
  AuthoritySettings settings;
  settings.issuer = "https://issuer.example/openimds";
  const Authority authority(settings, *keys);
  const auto proof =
      MakeFederatedIssuerProof(Settings("federated_issuer", {{"subject", "vm:one"}}), authority)
          ->Make(Asked());
  ASSERT_THAT(proof, IsOk());
  const auto read = ReadAssertion(Value(proof, "client_assertion"));
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->claims.at("iss"), "https://issuer.example/openimds");
  EXPECT_EQ(read->claims.at("sub"), "vm:one");
  EXPECT_EQ(read->claims.at("aud"), "api://AzureADTokenExchange");
  const PublishedIssuer published = authority.RenderPublishedIssuer(token_.identity->tenant_id);
  EXPECT_THAT(published.discovery,
              HasSubstr(R"("jwks_uri":"https://issuer.example/openimds/discovery/keys")"));
  const auto jwks = ParseJwks(published.keys);
  ASSERT_THAT(jwks, IsOk());
  EXPECT_EQ(jwks->front().kid, read->kid);
  EXPECT_TRUE(
      VerifySignature(read->algorithm, jwks->front(), read->signing_input, read->signature));
}

}  // namespace
}  // namespace openimds
