// SPDX-License-Identifier: Apache-2.0
#include "crypto/client_certificate.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>

#include "base/reasons.h"
#include "crypto/assertion.h"
#include "crypto/digest.h"
#include "testing/matchers.h"
#include "testing/sample_certificate.h"
#include "testing/temporary_folder.h"

namespace openimds {
namespace {

class ClientCertificateTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    sample_ = new SampleCertificate(MakeSampleCertificate());
    other_ = new SampleCertificate(MakeSampleCertificate());
  }
  static void TearDownTestSuite() {
    delete sample_;
    delete other_;
  }

  // Runs openssl(1) in a folder that holds key.pem and cert.pem; gives the bytes of `made`.
  static std::string OpenSsl(const std::string& arguments, const std::string& made) {
    const TemporaryFolder folder;
    std::ofstream(folder.path() / "key.pem") << sample_->key;
    std::ofstream(folder.path() / "cert.pem") << sample_->certificate;
    const std::string command = "cd '" + folder.path().string() + "' && openssl " + arguments;
    EXPECT_EQ(system(("(" + command + ") >/dev/null 2>&1").c_str()), 0) << command;
    std::stringstream bytes;
    bytes << std::ifstream(folder.path() / made, std::ios::binary).rdbuf();
    return bytes.str();
  }

  static void ExpectSigns(const std::string& file, const std::string& password = "") {
    const auto certificate = ParseClientCertificate(Secret(file), Secret(password));
    ASSERT_THAT(certificate, IsOk());
    const auto known = PublicCertificate::Parse(sample_->certificate);
    EXPECT_EQ((*certificate)->thumbprints().sha256, known->thumbprints().sha256);
    for (const auto algorithm : {AssertionAlgorithm::kPs256, AssertionAlgorithm::kRs256}) {
      const auto signature = (*certificate)->Sign(algorithm, "bytes");
      ASSERT_THAT(signature, IsOk());
      EXPECT_TRUE(known->Verify(algorithm, "bytes", *signature));
      EXPECT_FALSE(known->Verify(algorithm, "other", *signature));
    }
  }

  static SampleCertificate* sample_;
  static SampleCertificate* other_;
};
SampleCertificate* ClientCertificateTest::sample_ = nullptr;
SampleCertificate* ClientCertificateTest::other_ = nullptr;

TEST_F(ClientCertificateTest, ReadsPemInAnyOrder) {
  ExpectSigns(sample_->both());
  ExpectSigns(sample_->certificate + sample_->key);
}

TEST_F(ClientCertificateTest, TheLeafIsTheOneThatFitsTheKeyWhereverItStands) {
  ExpectSigns(other_->certificate + sample_->key + sample_->certificate);
}

TEST_F(ClientCertificateTest, ReadsTheFormsThatToolsWrite) {
  ExpectSigns(OpenSsl("pkey -in key.pem -traditional -out rsa.pem", "rsa.pem") +
              sample_->certificate);
  ExpectSigns(OpenSsl("pkcs8 -topk8 -in key.pem -passout pass:p4ss -out e.pem", "e.pem") +
                  sample_->certificate,
              "p4ss");
  ExpectSigns(
      OpenSsl("rsa -in key.pem -aes128 -traditional -passout pass:p4ss -out t.pem", "t.pem") +
          sample_->certificate,
      "p4ss");
  const std::string pfx = "pkcs12 -export -inkey key.pem -in cert.pem -out c.pfx -passout pass:";
  ExpectSigns(OpenSsl(pfx + "p4ss", "c.pfx"), "p4ss");
  ExpectSigns(OpenSsl(pfx, "c.pfx"));
  ExpectSigns(OpenSsl(pfx + "p4ss -legacy", "c.pfx"), "p4ss");  // RC2-40, as old Windows has it
}

TEST_F(ClientCertificateTest, TheChainLeadsFromTheLeafToItsRootAndHoldsNothingElse) {
  const std::string made = OpenSsl(
      "req -x509 -newkey rsa:2048 -nodes -keyout rk.pem -out root.pem -subj /CN=root "
      "&& openssl req -new -key key.pem -subj /CN=leaf -out l.csr "
      "&& openssl x509 -req -in l.csr -CA root.pem -CAkey rk.pem -CAcreateserial -out leaf.pem "
      "&& cat root.pem key.pem leaf.pem > all.pem",
      "all.pem");
  const auto certificate = ParseClientCertificate(Secret(other_->certificate + made), Secret());
  ASSERT_THAT(certificate, IsOk());
  ASSERT_EQ((*certificate)->x5c().size(), 2U);
  const auto subject = [&](std::size_t at) {
    std::string der;
    Base64Decode((*certificate)->x5c()[at], &der);
    return PublicCertificate::Parse(der)->subject();
  };
  EXPECT_EQ(subject(0), "CN=leaf");
  EXPECT_EQ(subject(1), "CN=root");
}

TEST_F(ClientCertificateTest, ACertificateWithoutEndEndsLate) {
  const auto certificate = ParseClientCertificate(
      Secret(OpenSsl("req -x509 -key key.pem -subj /CN=x -days 2900000 -out t.pem "
                     "&& cat key.pem t.pem > both.pem",
                     "both.pem")),
      Secret());
  ASSERT_THAT(certificate, IsOk());
  EXPECT_GT((*certificate)->not_after(), FromUnixSeconds(9'000'000'000));
  EXPECT_LT((*certificate)->not_before(), FromUnixSeconds(9'000'000'000));
}

TEST_F(ClientCertificateTest, RefusesAPrivateKeyThatSignsWrongly) {
  std::string damaged = sample_->both();
  // Exponent and first prime: with one of the two, OpenSSL would sign well by way of the others.
  for (const std::size_t byte : {400U, 620U}) {
    const std::size_t at = damaged.find('\n') + 1 + byte / 48 * 65 + byte % 48 * 4 / 3;
    damaged[at] = damaged[at] == 'A' ? 'B' : 'A';
  }
  const auto refused = ParseClientCertificate(Secret(damaged), Secret());
  ASSERT_THAT(refused, FailsWith(reasons::kCredentialInvalid));
  EXPECT_THAT(refused.error().message, testing::HasSubstr("does not sign"));
}

TEST_F(ClientCertificateTest, NoRefusalQuotesThePasswordOrTheKey) {
  const std::string encrypted =
      OpenSsl("pkcs8 -topk8 -in key.pem -passout pass:right -out e.pem", "e.pem") +
      sample_->certificate;
  for (const char* password : {"", "a-wrong-one"}) {
    const auto refused = ParseClientCertificate(Secret(encrypted), Secret(password));
    ASSERT_THAT(refused, FailsWith(reasons::kCredentialInvalid));
    EXPECT_THAT(refused.error().message, testing::HasSubstr("password"));
    EXPECT_THAT(refused.error().message, testing::Not(testing::HasSubstr("a-wrong-one")));
    EXPECT_THAT(refused.error().message,
                testing::Not(testing::HasSubstr(encrypted.substr(64, 20))));
  }
}

TEST_F(ClientCertificateTest, RefusesWhatItCannotUse) {
  const std::string small = OpenSsl(
      "req -x509 -newkey rsa:1024 -nodes -keyout s.pem -out t.pem -subj /CN=x "
      "&& cat s.pem t.pem > both.pem",
      "both.pem");
  const std::string elliptic = OpenSsl(
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout s.pem "
      "-out t.pem -subj /CN=x && cat s.pem t.pem > both.pem",
      "both.pem");
  const std::string pfx =
      OpenSsl("pkcs12 -export -inkey key.pem -in cert.pem -out c.pfx -passout pass:right", "c.pfx");
  for (const auto& [file, password] :
       std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                        {"nothing of ours", ""},
                                                        {sample_->key, ""},
                                                        {sample_->certificate, ""},
                                                        {sample_->key + other_->certificate, ""},
                                                        {sample_->both() + other_->key, ""},
                                                        {sample_->both() + sample_->key, ""},
                                                        {small, ""},
                                                        {elliptic, ""},
                                                        {pfx, "wrong"},
                                                        {pfx.substr(0, pfx.size() / 2), "right"}}) {
    EXPECT_THAT(ParseClientCertificate(Secret(file), Secret(password)),
                FailsWith(reasons::kCredentialInvalid));
  }
}

}  // namespace
}  // namespace openimds
