// SPDX-License-Identifier: Apache-2.0
#include "authority/client_authenticator.h"

#include <gmock/gmock.h>

#include <fstream>
#include <utility>

#include "base/reasons.h"
#include "crypto/secret_hash.h"
#include "testing/fake_clock.h"
#include "testing/matchers.h"
#include "testing/sample_certificate.h"
#include "testing/sample_entities.h"
#include "testing/temporary_folder.h"

namespace openimds {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr char kEndpoint[] = "https://login.example/t/oauth2/v2.0/token";

class ClientAuthenticatorTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    sample_ = new SampleCertificate(MakeSampleCertificate());
    certificate_ = *ParseClientCertificate(Secret(sample_->both()), Secret());
  }
  static void TearDownTestSuite() {
    certificate_ = nullptr;
    delete std::exchange(sample_, nullptr);
  }

  void SetUp() override {
    keys_ = *KeyRing::Open(folder_.path() / "keys", clock_);
    AuthoritySettings settings;
    settings.public_url = "https://login.example";
    authority_ = std::make_unique<Authority>(settings, *keys_);
    authenticator_ = std::make_unique<ClientAuthenticator>(*authority_, issuer_keys_);
    client_.keys.push_back(
        {Guid::Random(), "", PublicCertificate::Parse(sample_->certificate)->der_base64()});
  }

  boost::json::object Claims() const {
    const std::string id = client_.client_id.ToString();
    return {{"aud", kEndpoint},
            {"iss", id},
            {"sub", id},
            {"jti", Guid::Random().ToString()},
            {"nbf", ToUnixSeconds(clock_.Now())},
            {"exp", ToUnixSeconds(clock_.Now() + minutes{10})}};
  }
  static Secret Sign(const boost::json::object& claims,
                     AssertionAlgorithm algorithm = AssertionAlgorithm::kPs256) {
    return *SignAssertion(*certificate_, algorithm, claims, false);
  }
  Result<ClientProofKind> Check(PresentedProof proof, std::string_view peer = "here") {
    if (proof.assertion) proof.assertion_type = kJwtBearerType;
    return authenticator_->Check(proof, {.client = client_,
                                         .tenant = tenant_,
                                         .token_endpoints = {kEndpoint},
                                         .peer = peer,
                                         .now = clock_.Now()});
  }
  Result<ClientProofKind> CheckAssertion(Secret assertion, std::string_view peer = "here") {
    return Check({.secret = {}, .assertion = std::move(assertion), .assertion_type = {}}, peer);
  }
  Result<ClientProofKind> CheckSecret(const std::string& secret) {
    return Check({.secret = Secret(secret), .assertion = {}, .assertion_type = {}});
  }

  static SampleCertificate* sample_;
  static std::shared_ptr<const ClientCertificate> certificate_;
  TemporaryFolder folder_;
  FakeClock clock_{std::chrono::system_clock::now()};
  std::unique_ptr<KeyRing> keys_;
  std::unique_ptr<Authority> authority_;
  http::OutboundClient outbound_{{}};
  IssuerKeys issuer_keys_{outbound_, clock_};
  std::unique_ptr<ClientAuthenticator> authenticator_;
  const Guid tenant_ = Guid::Random();
  ClientRegistration client_{SampleGroupId(), Guid::Random(), {}, {}, {}};
};
SampleCertificate* ClientAuthenticatorTest::sample_ = nullptr;
std::shared_ptr<const ClientCertificate> ClientAuthenticatorTest::certificate_;

TEST_F(ClientAuthenticatorTest, BelievesASecretUntilItExpires) {
  client_.passwords.push_back({Guid::Random(), "", "", HashSecret(Secret("first")), clock_.Now(),
                               clock_.Now() + minutes{60}});
  client_.passwords.push_back({Guid::Random(), "", "", HashSecret(Secret("second")), clock_.Now(),
                               clock_.Now() + minutes{90}});
  EXPECT_EQ(CheckSecret("first").value(), ClientProofKind::kSecret);
  EXPECT_EQ(CheckSecret("second").value(), ClientProofKind::kSecret);
  EXPECT_THAT(CheckSecret("third"), FailsWith(reasons::kClientSecretInvalid));
  EXPECT_THAT(CheckSecret(""), FailsWith(reasons::kClientSecretInvalid));
  clock_.Advance(minutes{60});
  EXPECT_THAT(CheckSecret("first"), FailsWith(reasons::kClientSecretExpired));
  EXPECT_EQ(CheckSecret("second").value(), ClientProofKind::kSecret);
}

TEST_F(ClientAuthenticatorTest, BelievesAnAssertionOfARegisteredCertificate) {
  for (const auto algorithm : {AssertionAlgorithm::kPs256, AssertionAlgorithm::kRs256}) {
    const auto kind = CheckAssertion(Sign(Claims(), algorithm));
    ASSERT_THAT(kind, IsOk());
    EXPECT_EQ(*kind, ClientProofKind::kCertificate);
  }
  auto claims = Claims();
  claims["aud"] = authority_->IssuerOf(tenant_);
  EXPECT_THAT(CheckAssertion(Sign(claims)), IsOk());
}

TEST_F(ClientAuthenticatorTest, RefusesAnAssertionThatIsWrongInOnePoint) {
  const std::int64_t now = ToUnixSeconds(clock_.Now());
  const struct {
    const char* claim;
    boost::json::value value;
    std::string_view reason;
  } cases[] = {{"aud", "https://login.example//t/oauth2/v2.0/token", reasons::kAssertionAudience},
               {"aud", nullptr, reasons::kAssertionAudience},
               {"sub", "another", reasons::kAssertionSubject},
               {"exp", now - 301, reasons::kAssertionTime},
               {"exp", now + 3600, reasons::kAssertionTime},
               {"exp", "soon", reasons::kAssertionTime},
               {"exp", INT64_MAX, reasons::kAssertionTime},
               {"exp", INT64_MIN, reasons::kAssertionTime},
               {"exp", 1e300, reasons::kAssertionTime},
               {"nbf", now + 301, reasons::kAssertionTime},
               {"jti", nullptr, reasons::kAssertionReplayed},
               {"iss", "https://nobody.example", reasons::kFederationIssuer}};
  for (const auto& [claim, value, reason] : cases) {
    auto claims = Claims();
    claims[claim] = value;
    EXPECT_THAT(CheckAssertion(Sign(claims)), FailsWith(reason)) << claim;
  }
}

TEST_F(ClientAuthenticatorTest, RefusesACertificateThatIsNotRegisteredOrThatDidNotSign) {
  const Secret good = Sign(Claims());
  std::string changed(good.RevealSecret());
  changed[changed.size() - 10] = changed[changed.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_THAT(CheckAssertion(Secret(changed)), FailsWith(reasons::kAssertionKey));
  client_.keys.clear();
  EXPECT_THAT(CheckAssertion(good), FailsWith(reasons::kAssertionKey));
}

TEST_F(ClientAuthenticatorTest, AnAssertionSentAgainFromElsewhereIsAReplay) {
  // MSAL keeps one for its whole life, so the same client may send it again.
  const Secret assertion = Sign(Claims());
  EXPECT_THAT(CheckAssertion(assertion, "guest 1"), IsOk());
  EXPECT_THAT(CheckAssertion(assertion, "guest 1"), IsOk());
  EXPECT_THAT(CheckAssertion(assertion, "guest 2"), FailsWith(reasons::kAssertionReplayed));
}

TEST_F(ClientAuthenticatorTest, AnIdThatWasUsedInAnotherAssertionIsAReplay) {
  auto claims = Claims();
  EXPECT_THAT(CheckAssertion(Sign(claims)), IsOk());
  claims["exp"] = claims["exp"].as_int64() - 1;
  EXPECT_THAT(CheckAssertion(Sign(claims)), FailsWith(reasons::kAssertionReplayed));
}

TEST_F(ClientAuthenticatorTest, ExpectsOneProofOfAKnownKind) {
  EXPECT_THAT(Check({}), FailsWith(reasons::kClientProofMissing));
  EXPECT_THAT(Check({.secret = Secret("x"), .assertion = Secret("y"), .assertion_type = {}}),
              FailsWith(reasons::kClientProofTwice));
  EXPECT_THAT(CheckAssertion(Secret("a.b.c")), FailsWith(reasons::kAssertionMalformed));
  const PresentedProof untyped{.secret = {}, .assertion = Sign(Claims()), .assertion_type = "x"};
  EXPECT_THAT(authenticator_->Check(untyped, {.client = client_,
                                              .tenant = tenant_,
                                              .token_endpoints = {kEndpoint},
                                              .peer = "",
                                              .now = clock_.Now()}),
              FailsWith(reasons::kAssertionType));
}

class FederationTest : public ClientAuthenticatorTest {
 protected:
  void SetUp() override {
    ClientAuthenticatorTest::SetUp();
    const std::string file = (folder_.path() / "jwks.json").string();
    std::ofstream(file) << authority_->RenderJwks(tenant_, DiscoveryVersion::kV1);
    client_.federated.push_back(
        {"ci", authority_->IssuerOf(tenant_), "repo:main", "api://AzureADTokenExchange", file});
  }
  Secret Mint(const std::string& subject, const std::string& audience) const {
    return *authority_->MintAssertion(tenant_, subject, audience, clock_.Now());
  }
};

TEST_F(FederationTest, BelievesAnIssuerForOneSubjectAndAudience) {
  const auto kind = CheckAssertion(Mint("repo:main", "api://AzureADTokenExchange"));
  ASSERT_THAT(kind, IsOk());
  EXPECT_EQ(*kind, ClientProofKind::kFederated);
  EXPECT_THAT(CheckAssertion(Mint("repo:Main", "api://AzureADTokenExchange")),
              FailsWith(reasons::kFederationSubject));
  EXPECT_THAT(CheckAssertion(Mint("repo:main", "api://other")),
              FailsWith(reasons::kFederationAudience));
  client_.federated[0].issuer += "x";
  EXPECT_THAT(CheckAssertion(Mint("repo:main", "api://AzureADTokenExchange")),
              FailsWith(reasons::kFederationIssuer));
}

TEST_F(FederationTest, ATokenFromAFileIsUsedManyTimes) {
  const Secret token = Mint("repo:main", "api://AzureADTokenExchange");
  for (const char* peer : {"one", "two", "two"}) EXPECT_THAT(CheckAssertion(token, peer), IsOk());
}

TEST_F(FederationTest, AnExpiredOrForgedTokenIsRefused) {
  const Secret token = Mint("repo:main", "api://AzureADTokenExchange");
  std::string forged(token.RevealSecret());
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_THAT(CheckAssertion(Secret(forged)), FailsWith(reasons::kAssertionKey));
  clock_.Advance(minutes{16});
  EXPECT_THAT(CheckAssertion(token), FailsWith(reasons::kAssertionTime));
}

TEST_F(FederationTest, KeysThatCannotBeHadAreNotTheClientsFault) {
  client_.federated[0].keys_file = "/nonexistent";
  const auto kind = CheckAssertion(Mint("repo:main", "api://AzureADTokenExchange"));
  ASSERT_THAT(kind, FailsWith(reasons::kFederationKeys));
  EXPECT_EQ(kind.error().kind, ErrorKind::kUnavailable);
}

TEST(UsedAssertionsTest, ForgetsWhatHasExpired) {
  UsedAssertions used;
  const Guid client = Guid::Random();
  const Time now = FromUnixSeconds(1'700'000'000);
  EXPECT_TRUE(used.TryUse(client, "1", "a", "p", now + seconds{10}, now));
  EXPECT_FALSE(used.TryUse(client, "1", "b", "p", now + seconds{10}, now));
  EXPECT_TRUE(used.TryUse(Guid::Random(), "1", "b", "p", now + seconds{10}, now));
  EXPECT_TRUE(used.TryUse(client, "1", "b", "p", now + seconds{30}, now + seconds{10}));
}

}  // namespace
}  // namespace openimds
