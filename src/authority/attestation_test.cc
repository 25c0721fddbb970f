// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "authority/attestation_signer.h"
#include "authority/attestation_verifier.h"
#include "authority/attested_document.h"
#include "base/reasons.h"
#include "crypto/cms.h"
#include "crypto/digest.h"
#include "model/machine_profile.h"
#include "testing/fake_clock.h"
#include "testing/matchers.h"
#include "testing/sample_entities.h"
#include "testing/temporary_folder.h"

namespace openimds {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

const Time kNow = FromUnixSeconds(1'780'000'000);  // 2026-05-28 20:26:40

Machine Windows() {
  Machine machine = SampleMachine();
  machine.vm_id = *Guid::Parse("aabbccdd-eeff-0011-2233-445566778899");
  machine.profile = std::make_shared<const MachineProfile>(*MachineProfile::Parse(
      R"({"compute":{"licenseType":"Windows_Client","sku":"RS3-Pro","plan":{"name":"p\"q"}}})"));
  return machine;
}

AttestedDocument DocumentIn(std::string_view version,
                            const std::optional<std::string>& nonce = "1") {
  return AttestedDocumentOf(Windows(), version, nonce, kNow);
}

TEST(AttestedDocumentTest, HasTheMembersOfAzuresSampleInItsOrder) {
  EXPECT_EQ(RenderAttestedDocument(DocumentIn("2020-09-01", "1234567890")),
            R"({"nonce":"1234567890","plan":{"name":"p\"q","product":"","publisher":""},)"
            R"("timeStamp":{"createdOn":"05/28/26 20:26:40 -0000",)"
            R"("expiresOn":"05/29/26 02:26:40 -0000"},)"
            R"("vmId":"aabbccdd-eeff-0011-2233-445566778899","licenseType":"Windows_Client",)"
            R"("subscriptionId":"11111111-1111-1111-1111-111111111111","sku":"RS3-Pro"})");
}

TEST(AttestedDocumentTest, MembersAppearInTheirVersion) {
  const auto text = [](std::string_view version) {
    return RenderAttestedDocument(DocumentIn(version));
  };
  EXPECT_THAT(text("2019-03-11"), Not(HasSubstr("subscriptionId")));
  EXPECT_THAT(text("2019-04-30"), HasSubstr("subscriptionId"));
  EXPECT_THAT(text("2019-08-15"), Not(HasSubstr("sku")));
  EXPECT_THAT(text("2019-11-01"), HasSubstr("sku"));
  EXPECT_THAT(text("2020-07-15"), Not(HasSubstr("licenseType")));
  EXPECT_THAT(text("2025-04-07"), HasSubstr("licenseType"));
}

TEST(AttestedDocumentTest, WithoutANonceTheTimeStandsThere) {
  EXPECT_EQ(DocumentIn("2025-04-07", std::nullopt).nonce, "20260528-202640");
}

TEST(AttestedDocumentTest, IsReadAsItWasWritten) {
  for (const char* version : {"2018-10-01", "2019-04-30", "2025-04-07"}) {
    const std::string text = RenderAttestedDocument(DocumentIn(version));
    const auto read = ParseAttestedDocument(text);
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(RenderAttestedDocument(*read), text);
  }
}

TEST(AttestedDocumentTest, WhatIsMissingOrWrongIsNamed) {
  const std::string good = RenderAttestedDocument(DocumentIn("2025-04-07"));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  const struct {
    std::string text;
    const char* message;
  } bad_ones[] = {{"[]", "expected a JSON object"},
                  {with("\"nonce\"", "\"once\""), "'nonce': expected a text"},
                  {with("\"1\"", "1"), "'nonce': expected a text"},
                  {with("{\"name\"", "{\"nam\""), "'name': expected a text"},
                  {with("05/28/26", "05/32/26"), "'createdOn': expected a time"},
                  {with("02:26:40 -0000", "02:26:40 -0100"), "'expiresOn': expected a time"},
                  {with("\"timeStamp\"", "\"time\""), "'timeStamp': expected an object"},
                  {with("aabbccdd", "aabbccd"), "'vmId': expected a GUID"},
                  {with("\"RS3-Pro\"", "7"), "'sku': expected a text"}};
  for (const auto& bad : bad_ones) {
    const auto read = ParseAttestedDocument(bad.text);
    ASSERT_THAT(read, FailsWith(reasons::kAttestationMalformed)) << bad.text;
    EXPECT_THAT(read.error().message, HasSubstr(bad.message));
  }
}

class AttestationTest : public testing::Test {
 protected:
  AttestationTest() { Open(); }

  void Open(std::string_view name = "metadata.example") {
    signer_.reset();  // it holds the folder
    auto opened = AttestationSigner::Open(Folder(), name, clock_);
    ASSERT_THAT(opened, IsOk());
    signer_ = *std::move(opened);
  }
  std::filesystem::path Folder() const { return temporary_.path() / "attestation"; }
  std::string Read(const char* name) const {
    std::ifstream file(Folder() / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string Signed(const std::optional<std::string>& nonce = "1234567890") {
    return *signer_->Sign(
        RenderAttestedDocument(AttestedDocumentOf(Windows(), "2025-04-07", nonce, clock_.Now())));
  }
  auto Verify(std::string_view answer, const AttestationDemands& demands = {}) {
    return VerifyAttestation(answer, *signer_->CaCertificate(), demands, clock_.Now());
  }

  TemporaryFolder temporary_;
  FakeClock clock_{kNow};
  std::unique_ptr<AttestationSigner> signer_;
};

TEST_F(AttestationTest, IsBelievedAsJsonAsBase64AndAsDer) {
  const std::string der = Signed();
  const std::string base64 = Base64Encode(der);
  std::string lines = base64;
  for (std::size_t i = 64; i < lines.size(); i += 65) lines.insert(i, "\n");
  for (const std::string& answer :
       {R"({"encoding":"pkcs7","signature":")" + base64 + "\"}", base64, lines + "\r\n", der}) {
    const auto verified = Verify(answer);
    ASSERT_THAT(verified, IsOk());
    EXPECT_EQ(verified->document.nonce, "1234567890");
    EXPECT_EQ(verified->signer, "CN=metadata.example");
  }
}

TEST_F(AttestationTest, WhatIsNoneOfTheseIsMalformed) {
  for (const char* answer :
       {"", " \n", "{}", R"({"encoding":"pkcs7"})", R"({"encoding":"pkcs7","signature":"*"})",
        R"({"encoding":"x","signature":"AAAA"})", "AAAA", "not base64", "0", "\x30\x82"}) {
    EXPECT_THAT(Verify(answer), FailsWith(reasons::kAttestationMalformed)) << answer;
  }
  EXPECT_THAT(Verify(*signer_->Sign("no JSON")), FailsWith(reasons::kAttestationMalformed));
}

TEST_F(AttestationTest, EachDemandFailsForItself) {
  const std::string answer = Signed();
  const Guid vm_id = Windows().vm_id;
  EXPECT_THAT(Verify(answer, {"1234567890", vm_id}), IsOk());
  EXPECT_THAT(Verify(answer, {"1234567891", vm_id}), FailsWith(reasons::kAttestationNonce));
  EXPECT_THAT(Verify(answer, {"", vm_id}), FailsWith(reasons::kAttestationNonce));
  EXPECT_THAT(Verify(answer, {"1234567890", Guid::Random()}),
              FailsWith(reasons::kAttestationMachine));
}

TEST_F(AttestationTest, IsBelievedForSixHours) {
  const std::string answer = Signed();
  clock_.Set(kNow - minutes{5});
  EXPECT_THAT(Verify(answer), IsOk());
  clock_.Set(kNow - minutes{5} - seconds{1});
  EXPECT_THAT(Verify(answer), FailsWith(reasons::kAttestationWindow));
  clock_.Set(kNow + hours{6} - seconds{1});
  EXPECT_THAT(Verify(answer), IsOk());
  clock_.Set(kNow + hours{6});
  EXPECT_THAT(Verify(answer), FailsWith(reasons::kAttestationWindow));
}

TEST_F(AttestationTest, NothingIsMadeBeforeItIsNeededAndThenItIsKept) {
  EXPECT_TRUE(std::filesystem::is_empty(Folder()));
  const std::string ca = *signer_->CaCertificate();
  const std::string answer = Signed();
  const std::string certificate = Read("signer.pem");
  for (const auto& file : std::filesystem::directory_iterator(Folder())) {
    struct stat facts {};
    stat(file.path().c_str(), &facts);
    EXPECT_EQ(facts.st_mode & 0777, 0600U) << file.path();
  }
  Open();
  EXPECT_EQ(*signer_->CaCertificate(), ca);
  EXPECT_THAT(Verify(answer), IsOk());
  EXPECT_THAT(Verify(Signed()), IsOk());
  EXPECT_EQ(Read("signer.pem"), certificate);
}

TEST_F(AttestationTest, NobodyWaitsWhileAnotherMakesTheKeys) {
  std::atomic<int> signed_documents{0};
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      auto made = signer_->Sign("x");
      for (; !made; made = signer_->Sign("x")) {
        ASSERT_THAT(made, FailsWith(reasons::kBusy));
        std::this_thread::yield();
      }
      EXPECT_THAT(VerifyCms(*made, *signer_->CaCertificate(), clock_.Now()), IsOk());
      ++signed_documents;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(signed_documents, 4);
}

TEST_F(AttestationTest, TheSignerIsRenewedAMonthBeforeItEnds) {
  Signed();
  const std::string first = Read("signer.pem");
  clock_.Advance(hours{24 * 60} - seconds{1});
  EXPECT_THAT(Verify(Signed()), IsOk());
  EXPECT_EQ(Read("signer.pem"), first);
  clock_.Advance(seconds{1});
  EXPECT_THAT(Verify(Signed()), IsOk());
  const std::string second = Read("signer.pem");
  EXPECT_NE(second, first);
  clock_.Advance(hours{24 * 60});
  EXPECT_THAT(signer_->Refresh(), IsOk());
  EXPECT_NE(Read("signer.pem"), second);
}

TEST_F(AttestationTest, ASignerThatCannotBeRenewedServesToItsEnd) {
  Signed();
  const std::string first = Read("signer.pem");
  std::filesystem::create_directory(Folder() / "signer.key.tmp");  // nothing can be written now
  clock_.Advance(hours{24 * 89});
  EXPECT_THAT(signer_->Refresh(), FailsWith(reasons::kStateFailed));
  EXPECT_THAT(Verify(Signed()), IsOk());
  clock_.Advance(hours{24});
  EXPECT_THAT(signer_->Sign("x"), FailsWith(reasons::kStateFailed));
  EXPECT_EQ(Read("signer.pem"), first);
}

TEST_F(AttestationTest, ASignerThatDoesNotFitIsMadeAgain) {
  Signed();
  const std::string ca = *signer_->CaCertificate();
  const std::string key = Read("signer.key");
  Open("other.example");
  EXPECT_EQ(Verify(Signed())->signer, "CN=other.example");
  std::ofstream(Folder() / "signer.key") << key;  // a crash between the two files
  Open("other.example");
  EXPECT_THAT(Verify(Signed()), IsOk());
  EXPECT_EQ(*signer_->CaCertificate(), ca);
}

TEST_F(AttestationTest, AnotherRootIsOnlyMadeIfNothingOfTheFirstIsLeft) {
  Signed();
  const std::string ca = *signer_->CaCertificate();
  const std::string answer = Signed();
  std::filesystem::remove(Folder() / "ca.key");
  Open();
  EXPECT_THAT(signer_->Sign("x"), FailsWith(reasons::kStateFailed));
  EXPECT_THAT(signer_->CaCertificate(), FailsWith(reasons::kStateFailed));
  std::filesystem::remove(Folder() / "ca.pem");
  Open();
  EXPECT_THAT(Verify(Signed()), IsOk());
  EXPECT_NE(*signer_->CaCertificate(), ca);
  EXPECT_THAT(Verify(answer), FailsWith(reasons::kAttestationChain));
}

}  // namespace
}  // namespace openimds
