// SPDX-License-Identifier: Apache-2.0
#include "app/tls_identity.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "base/reasons.h"
#include "testing/fake_clock.h"
#include "testing/matchers.h"
#include "testing/temporary_folder.h"

namespace openimds {
namespace {

class TlsIdentityTest : public testing::Test {
 protected:
  std::string Read(const std::string& name) {
    std::stringstream text;
    text << std::ifstream(folder_.path() / "state" / "tls" / name).rdbuf();
    return text.str();
  }
  // Opens it and lets go of the folder again.
  Result<void> Open() {
    TRY(const auto identity, TlsIdentity::Open(config_, *state_, clock_));
    return {};
  }

  TemporaryFolder folder_;
  FakeClock clock_{std::chrono::system_clock::now()};
  Config config_;
  Result<StateFolder> state_ = StateFolder::Open(folder_.path() / "state");
};

TEST_F(TlsIdentityTest, MakesAnAuthorityAndACertificateOnce) {
  ASSERT_THAT(Open(), IsOk());
  const std::string ca = Read("ca.pem"), server = Read("server.pem");
  ASSERT_THAT(Open(), IsOk());
  EXPECT_EQ(Read("ca.pem"), ca);
  EXPECT_EQ(Read("server.pem"), server);
  EXPECT_THAT(ReadCertificate(server)->names,
              testing::IsSupersetOf({"localhost", "127.0.0.1", "::1"}));
}

TEST_F(TlsIdentityTest, ANewNameOrAnEndThatIsNearMakesANewCertificateUnderTheSameAuthority) {
  ASSERT_THAT(Open(), IsOk());
  const std::string ca = Read("ca.pem"), first = Read("server.pem");
  config_.authority.public_url = "https://login.example:8443";
  ASSERT_THAT(Open(), IsOk());
  const std::string second = Read("server.pem");
  EXPECT_NE(second, first);
  EXPECT_THAT(ReadCertificate(second)->names, testing::Contains("login.example"));
  clock_.Advance(std::chrono::hours{24 * 380});
  ASSERT_THAT(Open(), IsOk());
  EXPECT_NE(Read("server.pem"), second);
  EXPECT_EQ(Read("ca.pem"), ca);
}

TEST_F(TlsIdentityTest, AKeyThatDoesNotFitItsCertificateIsMadeAgain) {
  ASSERT_THAT(Open(), IsOk());
  const std::string server = Read("server.pem");
  std::ofstream(folder_.path() / "state" / "tls" / "server.key") << "damaged";
  ASSERT_THAT(Open(), IsOk());
  EXPECT_NE(Read("server.pem"), server);
}

TEST_F(TlsIdentityTest, ConfiguredFilesAreUsedOrRefused) {
  config_.tls.certificate_file = folder_.path() / "missing.pem";
  config_.tls.key_file = folder_.path() / "missing.key";
  EXPECT_THAT(Open(), FailsWith(reasons::kConfigInvalid));
}

}  // namespace
}  // namespace openimds
