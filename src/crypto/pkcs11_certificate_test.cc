// SPDX-License-Identifier: Apache-2.0
#include "crypto/pkcs11_certificate.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/reasons.h"
#include "crypto/assertion.h"
#include "crypto/pkcs11_module.h"
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
    if (!std::filesystem::exists(kModule)) return;
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

  void SetUp() override {
    if (!std::filesystem::exists(kModule)) GTEST_SKIP() << "softhsm2 is not installed";
  }

  static Pkcs11Settings Settings() {
    return {kModule, "openimds", "app", "", [] { return Result<Secret>(Secret("1234")); }};
  }

  static Pkcs11Settings SettingsWithPin(const std::string& pin) {
    Pkcs11Settings settings = Settings();
    settings.read_pin = [pin] { return Result<Secret>(Secret(pin)); };
    return settings;
  }

  static pkcs11::Module* Module() { return *pkcs11::LoadModule(kModule); }
  static CK_SLOT_ID Slot() { return *pkcs11::FindToken(Module(), "openimds"); }

  static void ChangePin(std::string from, std::string to) {
    const auto bytes = [](std::string& text) {
      return reinterpret_cast<unsigned char*>(text.data());
    };
    CK_SESSION_HANDLE session = 0;
    ASSERT_EQ(Module()->C_OpenSession(Slot(), CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr,
                                      &session),
              CKR_OK);
    EXPECT_EQ(Module()->C_Login(session, CKU_USER, bytes(from), from.size()), CKR_OK);
    EXPECT_EQ(Module()->C_SetPIN(session, bytes(from), from.size(), bytes(to), to.size()), CKR_OK);
    Module()->C_CloseSession(session);
  }

  static void ExpectSigns(const ClientCertificate& certificate) {
    const auto known = *PublicCertificate::Parse(sample_->certificate);
    for (const auto algorithm : {AssertionAlgorithm::kPs256, AssertionAlgorithm::kRs256}) {
      const auto signature = certificate.Sign(algorithm, "bytes");
      ASSERT_THAT(signature, IsOk());
      EXPECT_TRUE(known.Verify(algorithm, "bytes", *signature));
    }
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
  ExpectSigns(**certificate);
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
  ASSERT_THAT(wrong, FailsWith(reasons::kCredentialInvalid));
  EXPECT_THAT(wrong.error().message, testing::Not(testing::HasSubstr("87654321")));
}

TEST_F(Pkcs11CertificateTest, ALostLoginIsMadeAgain) {
  const auto certificate = OpenPkcs11Certificate(Settings());
  ASSERT_THAT(certificate, IsOk());
  ASSERT_EQ(Module()->C_CloseAllSessions(Slot()), CKR_OK);  // as if the token had been drawn
  ExpectSigns(**certificate);
  CK_SESSION_HANDLE session = 0;
  ASSERT_EQ(Module()->C_OpenSession(Slot(), CKF_SERIAL_SESSION, nullptr, nullptr, &session),
            CKR_OK);
  ASSERT_EQ(Module()->C_Logout(session), CKR_OK);
  Module()->C_CloseSession(session);
  ExpectSigns(**certificate);
}

TEST_F(Pkcs11CertificateTest, ManyThreadsSignAtOnceAlsoWhenTheLoginIsLost) {
  const auto certificate = OpenPkcs11Certificate(Settings());
  ASSERT_THAT(certificate, IsOk());
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10; ++n) {
        EXPECT_THAT((*certificate)->Sign(AssertionAlgorithm::kPs256, "bytes"), IsOk());
      }
    });
  }
  threads.clear();
  ASSERT_EQ(Module()->C_CloseAllSessions(Slot()), CKR_OK);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back(
        [&] { EXPECT_THAT((*certificate)->Sign(AssertionAlgorithm::kPs256, "bytes"), IsOk()); });
  }
}

TEST_F(Pkcs11CertificateTest, APinThatWasRefusedIsNotShownAgain) {
  ASSERT_THAT(OpenPkcs11Certificate(SettingsWithPin("2468")),
              FailsWith(reasons::kCredentialInvalid));
  ChangePin("1234", "2468");  // it would be taken now
  const auto again = OpenPkcs11Certificate(SettingsWithPin("2468"));
  ChangePin("2468", "1234");
  ASSERT_THAT(again, FailsWith(reasons::kCredentialInvalid));
  EXPECT_THAT(again.error().message, testing::HasSubstr("not shown to it again"));
  EXPECT_THAT(OpenPkcs11Certificate(Settings()), IsOk());
}

TEST_F(Pkcs11CertificateTest, APinThatCannotBeReadIsAnError) {
  Pkcs11Settings settings = Settings();
  settings.read_pin = []() -> Result<Secret> {
    return Fail(ErrorKind::kUnavailable, reasons::kCredentialUnreadable, "no file");
  };
  EXPECT_THAT(OpenPkcs11Certificate(settings), FailsWith(reasons::kCredentialUnreadable));
}

TEST_F(Pkcs11CertificateTest, TwoKeysOfOneLabelAreRefused) {
  const std::string key = (folder_->path() / "key.pem").string();
  for (const char* id : {"05", "06"}) {
    const std::string command = "softhsm2-util --token openimds --pin 1234 --label twins --id " +
                                std::string(id) + " --force --import " + key + " >/dev/null 2>&1";
    ASSERT_EQ(system(command.c_str()), 0);
  }
  Pkcs11Settings settings = Settings();
  settings.key = "twins";
  const auto refused = OpenPkcs11Certificate(settings);
  ASSERT_THAT(refused, FailsWith(reasons::kCredentialUnreadable));
  EXPECT_THAT(refused.error().message, testing::HasSubstr("got 2"));
}

// The library's functions, with one that knows no mechanism that hashes.
CK_RV SignInitWithoutHash(CK_SESSION_HANDLE session, CK_MECHANISM* mechanism,
                          CK_OBJECT_HANDLE key) {
  if (mechanism->mechanism == CKM_SHA256_RSA_PKCS ||
      mechanism->mechanism == CKM_SHA256_RSA_PKCS_PSS) {
    return CKR_MECHANISM_INVALID;
  }
  return (*pkcs11::LoadModule(kModule))->C_SignInit(session, mechanism, key);
}

TEST_F(Pkcs11CertificateTest, ATokenThatDoesNotHashGetsTheDigest) {
  pkcs11::Module bare = *Module();
  bare.C_SignInit = SignInitWithoutHash;
  std::unique_ptr<pkcs11::Session> session;
  ASSERT_EQ(pkcs11::Session::Open(&bare, Slot(), &session), CKR_OK);
  ASSERT_EQ(session->LogIn(CKU_USER, Secret("1234")), CKR_OK);
  const auto keys = session->Find(CKO_PRIVATE_KEY, CKA_LABEL, "app");
  ASSERT_EQ(keys.size(), 1U);
  const auto known = *PublicCertificate::Parse(sample_->certificate);
  for (const auto algorithm : {AssertionAlgorithm::kPs256, AssertionAlgorithm::kRs256}) {
    std::string signature;
    ASSERT_EQ(session->Sign({keys.front(), false}, algorithm, "bytes", Secret(), &signature),
              CKR_OK);
    EXPECT_TRUE(known.Verify(algorithm, "bytes", signature));
  }
}

TEST_F(Pkcs11CertificateTest, AKeyThatAsksForThePinEachTimeGetsIt) {
  const std::string make = std::string("pkcs11-tool --module ") + kModule +
                           " --token-label openimds --login --pin 1234 --write-object " +
                           (folder_->path() / "key.pem").string() +
                           " --type privkey --label careful --id 07 --always-auth >/dev/null 2>&1";
  ASSERT_EQ(system(make.c_str()), 0);
  Pkcs11Settings settings = Settings();
  settings.key = "careful";
  settings.certificate = sample_->certificate;
  const auto certificate = OpenPkcs11Certificate(settings);
  ASSERT_THAT(certificate, IsOk());
  ExpectSigns(**certificate);
}

}  // namespace
}  // namespace openimds
