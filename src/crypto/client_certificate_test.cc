// SPDX-License-Identifier: Apache-2.0
#include "crypto/client_certificate.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>

#include "base/reasons.h"
#include "crypto/assertion.h"
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
    EXPECT_EQ(system((command + " 2>/dev/null").c_str()), 0) << command;
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
  const std::string pfx = "pkcs12 -export -inkey key.pem -in cert.pem -out c.pfx -passout pass:";
  ExpectSigns(OpenSsl(pfx + "p4ss", "c.pfx"), "p4ss");
  ExpectSigns(OpenSsl(pfx, "c.pfx"));
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
