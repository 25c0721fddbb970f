// SPDX-License-Identifier: Apache-2.0
#include "crypto/pkcs11_certificate.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "base/reasons.h"
#include "crypto/assertion.h"
#include "testing/matchers.h"
#include "testing/sample_certificate.h"
#include "testing/temporary_folder.h"

namespace openimds {
namespace {

constexpr char kModule[] = "/usr/lib/softhsm/libsofthsm2.so";

// A SoftHSM2 token with one key and its certificate. One for the process: a module is loaded once.
class Pkcs11CertificateTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ASSERT_TRUE(std::filesystem::exists(kModule)) << "install softhsm2 and opensc";
    folder_ = new TemporaryFolder;
    sample_ = new SampleCertificate(MakeSampleCertificate());
    const std::string at = folder_->path().string();
    std::ofstream(at + "/softhsm2.conf")
        << "directories.tokendir = " << at << "/tokens\nobjectstore.backend = file\n"
        << "log.level = ERROR\n";
    std::filesystem::create_directory(at + "/tokens");
    std::ofstream(at + "/key.pem") << sample_->key;
    std::ofstream(at + "/cert.pem") << sample_->certificate;
    setenv("SOFTHSM2_CONF", (at + "/softhsm2.conf").c_str(), 1);
    const std::string tool = std::string("pkcs11-tool --module ") + kModule +
                             " --token-label openimds --login --pin 1234 --write-object ";
    for (const std::string& command :
         {std::string(
              "softhsm2-util --init-token --free --label openimds --pin 1234 --so-pin 123456"),
          "softhsm2-util --token openimds --pin 1234 --id 01 --label app --import " + at +
              "/key.pem",
          "openssl x509 -in " + at + "/cert.pem -outform DER -out " + at + "/cert.der",
          tool + at + "/cert.der --type cert --id 01"}) {
      ASSERT_EQ(system((command + " >/dev/null 2>&1").c_str()), 0) << command;
    }
  }
  static void TearDownTestSuite() {
    delete folder_;
    delete sample_;
  }

  static Pkcs11Settings Settings() {
    return {kModule, "openimds", "app", "", [] { return Result<Secret>(Secret("1234")); }};
  }

  static TemporaryFolder* folder_;
  static SampleCertificate* sample_;
};
TemporaryFolder* Pkcs11CertificateTest::folder_ = nullptr;
SampleCertificate* Pkcs11CertificateTest::sample_ = nullptr;

TEST_F(Pkcs11CertificateTest, SignsWithAKeyThatStaysOnTheToken) {
  const auto certificate = OpenPkcs11Certificate(Settings());
  ASSERT_THAT(certificate, IsOk());
  const auto known = *PublicCertificate::Parse(sample_->certificate);
  EXPECT_EQ((*certificate)->thumbprints().sha256, known.thumbprints().sha256);
  for (const auto algorithm : {AssertionAlgorithm::kPs256, AssertionAlgorithm::kRs256}) {
    const auto signature = (*certificate)->Sign(algorithm, "bytes");
    ASSERT_THAT(signature, IsOk());
    EXPECT_TRUE(known.Verify(algorithm, "bytes", *signature));
  }
}

TEST_F(Pkcs11CertificateTest, TakesTheCertificateThatIsGiven) {
  Pkcs11Settings settings = Settings();
  settings.certificate = sample_->certificate;
  EXPECT_THAT(OpenPkcs11Certificate(settings), IsOk());
  settings.certificate = MakeSampleCertificate().certificate;
  EXPECT_THAT(OpenPkcs11Certificate(settings), FailsWith(reasons::kCredentialInvalid));
}

TEST_F(Pkcs11CertificateTest, SaysWhatIsMissingWithoutThePin) {
  Pkcs11Settings settings = Settings();
  settings.module = "/nonexistent.so";
  EXPECT_THAT(OpenPkcs11Certificate(settings), FailsWith(reasons::kCredentialUnreadable));
  settings = Settings();
  settings.token = "another";
  EXPECT_THAT(OpenPkcs11Certificate(settings), FailsWith(reasons::kCredentialUnreadable));
  settings = Settings();
  settings.key = "another";
  EXPECT_THAT(OpenPkcs11Certificate(settings), FailsWith(reasons::kCredentialUnreadable));
  settings = Settings();
  settings.read_pin = [] { return Result<Secret>(Secret("87654321")); };
  const auto wrong = OpenPkcs11Certificate(settings);
  ASSERT_THAT(wrong, FailsWith(reasons::kCredentialUnreadable));
  EXPECT_THAT(wrong.error().message, testing::Not(testing::HasSubstr("87654321")));
}

}  // namespace
}  // namespace openimds
