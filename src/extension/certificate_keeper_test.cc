// SPDX-License-Identifier: Apache-2.0
#include "extension/certificate_keeper.h"

#include <gmock/gmock.h>

#include <fstream>

#include "base/reasons.h"
#include "testing/matchers.h"
#include "testing/sample_certificate.h"
#include "testing/temporary_folder.h"

namespace openimds::extension {
namespace {

using ::testing::HasSubstr;

const SampleCertificate& First() {
  static const SampleCertificate made = MakeSampleCertificate();
  return made;
}
const SampleCertificate& Second() {
  static const SampleCertificate made = MakeSampleCertificate();
  return made;
}

class CertificateKeeperTest : public testing::Test {
 protected:
  // Replaced as an agent does it: another file under the same name.
  static void Put(const std::filesystem::path& path, const std::string& text, mode_t mode = 0600) {
    const std::filesystem::path fresh = path.string() + ".new";
    std::ofstream(fresh) << text;
    ASSERT_EQ(chmod(fresh.c_str(), mode), 0);
    std::filesystem::rename(fresh, path);
  }
  void PutBoth(const SampleCertificate& certificate) {
    Put(files_.certificate, certificate.certificate, 0644);
    Put(files_.key, certificate.key);
  }

  const TemporaryFolder folder_;
  const CertificateFiles files_{folder_.path() / "AA.crt", folder_.path() / "AA.prv"};
  Log log_{LogLevel::kError, LogFormat::kJson};
  CertificateKeeper keeper_{files_, log_};
};

TEST_F(CertificateKeeperTest, JoinsCertificateAndKeyOfTheAgentsTwoFiles) {
  PutBoth(First());
  const auto certificate = keeper_.Get();
  ASSERT_THAT(certificate, IsOk());
  EXPECT_THAT((*certificate)->Sign(AssertionAlgorithm::kPs256, "text"), IsOk());
}

TEST_F(CertificateKeeperTest, KeepsItInMemoryWhileTheFilesStayAsTheyAre) {
  PutBoth(First());
  const auto first = keeper_.Get();
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(*keeper_.Get(), *first);
  std::filesystem::remove(files_.certificate);
  std::filesystem::remove(files_.key);
  EXPECT_EQ(*keeper_.Get(), *first);  // gone for a moment is no reason to forget it
}

TEST_F(CertificateKeeperTest, TakesARenewedOne) {
  PutBoth(First());
  ASSERT_THAT(keeper_.Get(), IsOk());
  PutBoth(Second());
  const auto renewed = keeper_.Get();
  ASSERT_THAT(renewed, IsOk());
  EXPECT_EQ((*renewed)->thumbprints().sha256, (*ReadCertificate(files_))->thumbprints().sha256);
}

TEST_F(CertificateKeeperTest, KeepsTheOldOneWhileTheNewOneIsHalfThere) {
  PutBoth(First());
  const auto first = keeper_.Get();
  ASSERT_THAT(first, IsOk());
  Put(files_.certificate, Second().certificate, 0644);
  EXPECT_EQ(*keeper_.Get(), *first);
  Put(files_.key, Second().key);
  const auto second = keeper_.Get();
  ASSERT_THAT(second, IsOk());
  EXPECT_NE((*second)->thumbprints().sha1, (*first)->thumbprints().sha1);
}

TEST_F(CertificateKeeperTest, WithoutAGoodOneItSaysWhy) {
  EXPECT_THAT(keeper_.Get(), FailsWith(reasons::kCredentialUnreadable));
  Put(files_.certificate, First().certificate, 0644);
  Put(files_.key, Second().key);
  EXPECT_THAT(keeper_.Get(), FailsWith(reasons::kCredentialInvalid));
}

TEST_F(CertificateKeeperTest, AKeyThatOthersMayReadIsRefusedUnlessItsFolderIsClosed) {
  PutBoth(First());
  Put(files_.key, First().key, 0644);
  EXPECT_THAT(ReadCertificate(files_), IsOk());  // as the agent leaves it for a while
  ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
  const auto open = ReadCertificate(files_);
  ASSERT_THAT(open, FailsWith(reasons::kCredentialUnreadable));
  EXPECT_THAT(open.error().message, HasSubstr("chmod"));
  Put(files_.key, First().key, 0600);
  EXPECT_THAT(ReadCertificate(files_), IsOk());
}

TEST_F(CertificateKeeperTest, OneFileMayHoldBoth) {
  Put(files_.key, First().both());
  EXPECT_THAT(ReadCertificate({files_.key, files_.key}), IsOk());
}

}  // namespace
}  // namespace openimds::extension
