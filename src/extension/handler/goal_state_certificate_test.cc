// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/goal_state_certificate.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "extension/handler/goal_state_test_fixture.h"
#include "testing/cms_envelope_maker.h"
#include "testing/matchers.h"

namespace openimds::extension {
namespace {

using std::chrono::hours;

// Keys take a while.
const SampleCertificate& First() {
  static const SampleCertificate made = MakeSampleCertificate();
  return made;
}
const SampleCertificate& Second() {
  static const SampleCertificate made =
      MakeSampleCertificate(std::chrono::system_clock::now() + hours{30});
  return made;
}

Time Now() { return std::chrono::system_clock::now() + hours{40}; }

TEST(GoalStateCertificateTest, IsFoundByItsThumbprintInAnyCase) {
  AgentFolder agent;
  const std::string thumbprint = agent.Add(First());
  for (const std::string& name : {thumbprint, LowerAscii(thumbprint)}) {
    const auto found = FindByThumbprint(agent.path(), name);
    ASSERT_THAT(found, IsOk());
    EXPECT_EQ(found->certificate_file, agent.path() / (thumbprint + ".crt"));
    EXPECT_EQ(found->key_file, agent.path() / (thumbprint + ".prv"));
  }
}

TEST(GoalStateCertificateTest, IsMissedByName) {
  AgentFolder agent;
  const std::string thumbprint = agent.Add(First());
  EXPECT_THAT(FindByThumbprint(agent.path(), std::string(40, '0')),
              FailsWith(reasons::kHandlerDependency));
  std::filesystem::remove(agent.path() / (thumbprint + ".prv"));
  const auto without_key = FindByThumbprint(agent.path(), thumbprint);
  ASSERT_THAT(without_key, FailsWith(reasons::kHandlerDependency));
  EXPECT_NE(without_key.error().message.find(".prv"), std::string::npos);
}

TEST(GoalStateCertificateTest, ANameThatIsNoThumbprintIsNeverAPath) {
  const AgentFolder agent;
  for (const char* name :
       {"", "../x", "0123456789012345678901234567890123456789x", "/etc/passwd"}) {
    EXPECT_THAT(FindByThumbprint(agent.path(), name), FailsWith(reasons::kHandlerSettings)) << name;
  }
}

TEST(GoalStateCertificateTest, AnotherCertificateUnderTheNameIsRefused) {
  AgentFolder agent;
  agent.Add(First(), std::string(40, 'A'));
  EXPECT_THAT(FindByThumbprint(agent.path(), std::string(40, 'A')),
              FailsWith(reasons::kCredentialInvalid));
}

TEST(GoalStateCertificateTest, AnothersKeyIsRefused) {
  AgentFolder agent;
  const std::string thumbprint = agent.Add(First());
  agent.Put(thumbprint + ".prv", Second().key);
  EXPECT_THAT(FindByThumbprint(agent.path(), thumbprint), FailsWith(reasons::kCredentialInvalid));
}

TEST(GoalStateCertificateTest, DamageIsRefused) {
  AgentFolder agent;
  const std::string thumbprint = agent.Add(First());
  agent.Put(thumbprint + ".prv", First().key.substr(0, 200));
  EXPECT_THAT(FindByThumbprint(agent.path(), thumbprint), FailsWith(reasons::kCredentialInvalid));
  agent.Put(thumbprint + ".prv", "");
  EXPECT_THAT(FindByThumbprint(agent.path(), thumbprint), FailsWith(reasons::kCredentialInvalid));
}

TEST(GoalStateCertificateTest, TheKeyIsClosedByItselfOrByItsFolder) {
  AgentFolder agent;
  const std::string thumbprint = agent.Add(First());
  EXPECT_THAT(FindByThumbprint(agent.path(), thumbprint), IsOk()) << "0644 in a 0700 folder";
  chmod(agent.path().c_str(), 0755);
  EXPECT_THAT(FindByThumbprint(agent.path(), thumbprint), FailsWith(reasons::kStateModes));
  chmod((agent.path() / (thumbprint + ".prv")).c_str(), 0400);
  EXPECT_THAT(FindByThumbprint(agent.path(), thumbprint), IsOk()) << "0400 in a 0755 folder";
}

TEST(GoalStateCertificateTest, TheYoungestOfANameIsTaken) {
  AgentFolder agent;
  const std::string older = agent.Add(First());
  const auto before = FindByCommonName(agent.path(), "sample", Now());
  ASSERT_THAT(before, IsOk());
  EXPECT_EQ(before->thumbprint, older);
  const std::string younger = agent.Add(Second());
  const auto after = FindByCommonName(agent.path(), "sample", Now());
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->thumbprint, younger);
  const auto early = FindByCommonName(agent.path(), "sample", Now() - hours{30});
  ASSERT_THAT(early, IsOk());
  EXPECT_EQ(early->thumbprint, older) << "one that is not good yet is not taken";
}

TEST(GoalStateCertificateTest, TheDamagedOfANameArePassedOver) {
  AgentFolder agent;
  const std::string good = agent.Add(First());
  agent.Put(std::string(40, 'B') + ".crt", "damaged");
  agent.Put("TransportCert.pem", Second().certificate);
  const auto found = FindByCommonName(agent.path(), "sample", Now());
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->thumbprint, good);
  EXPECT_THAT(FindByCommonName(agent.path(), "other", Now()),
              FailsWith(reasons::kHandlerDependency));
  EXPECT_THAT(FindByCommonName(agent.path(), "sample", Now() + hours{24 * 365 * 200}),
              FailsWith(reasons::kHandlerDependency))
      << "all have expired";
}

TEST(GoalStateCertificateTest, AnEnvelopeIsOpenedByTheKeyThatItNames) {
  AgentFolder agent;
  const std::string thumbprint = agent.Add(First());
  const auto opened =
      OpenForThumbprint(agent.path(), thumbprint, MakeCmsEnvelope(First().certificate, "plain"));
  ASSERT_THAT(opened, IsOk());
  EXPECT_EQ(opened->RevealSecret(), "plain");
  EXPECT_THAT(
      OpenForThumbprint(agent.path(), thumbprint, MakeCmsEnvelope(Second().certificate, "plain")),
      FailsWith(reasons::kCredentialInvalid));
}

TEST(CommonNameTest, IsOneWholeNameOfTheSubject) {
  EXPECT_TRUE(HasCommonName("CN=web", "web"));
  EXPECT_TRUE(HasCommonName("CN=web,O=x", "web"));
  EXPECT_TRUE(HasCommonName("O=x,CN=web", "web"));
  EXPECT_TRUE(HasCommonName("O=x+CN=web+OU=y", "web"));
  EXPECT_TRUE(HasCommonName("CN=web\\, one,O=x", "web, one"));
  EXPECT_FALSE(HasCommonName("CN=web2", "web"));
  EXPECT_FALSE(HasCommonName("CN=myweb", "web"));
  EXPECT_FALSE(HasCommonName("O=a\\,CN=web", "web")) << "it is part of another value";
  EXPECT_FALSE(HasCommonName("", "web"));
}

}  // namespace
}  // namespace openimds::extension
