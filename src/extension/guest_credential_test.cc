// SPDX-License-Identifier: Apache-2.0
#include "extension/guest_credential.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "base/reasons.h"
#include "testing/matchers.h"
#include "testing/sample_certificate.h"
#include "testing/sample_entities.h"
#include "testing/temporary_folder.h"

namespace openimds::extension {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const SampleCertificate& Certificate() {
  static const SampleCertificate made = MakeSampleCertificate();
  return made;
}

// An authority that gives everybody the same; keeps what it was asked.
class FakeAuthority final : public http::Outbound {
 public:
  Result<http::OutboundResponse> Send(const http::OutboundRequest& request) override {
    urls.push_back(request.url);
    forms.emplace_back(request.body.RevealSecret());
    return http::OutboundResponse{
        200, "application/json", std::nullopt,
        Secret(R"({"access_token":"opaque","token_type":"Bearer","expires_in":3600})")};
  }

  std::vector<std::string> urls;
  std::vector<std::string> forms;
};

class GuestCredentialTest : public testing::Test {
 protected:
  GuestCredentialTest() {
    std::ofstream(file_) << Certificate().both();
    chmod(file_.c_str(), 0600);
    settings_.authority.url = "https://login.example";
    settings_.authority.tenant = "tenant.example";
    settings_.identities = {IdentityOf(first_), IdentityOf(second_)};
  }

  DaemonIdentity IdentityOf(const TokenRequest& request) const {
    return {request.identity->client_id, std::nullopt, "", false, {file_, file_}};
  }

  const TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "credential.pem";
  const TokenRequest first_ = SampleTokenRequest("https://vault.azure.net");
  const TokenRequest second_ = SampleTokenRequest("https://vault.azure.net");
  const SystemClock clock_;
  Log log_{LogLevel::kError, LogFormat::kJson};
  const std::shared_ptr<FakeAuthority> authority_ = std::make_shared<FakeAuthority>();
  DaemonSettings settings_;
  GuestCredential credential_{clock_, log_};
};

TEST_F(GuestCredentialTest, AsksAsTheIdentityThatIsMeant) {
  ASSERT_THAT(credential_.Reconfigure(settings_, authority_), IsOk());
  const auto token = credential_.Fetch(second_, clock_.Now());
  ASSERT_THAT(token, IsOk());
  EXPECT_EQ(token->value.RevealSecret(), "opaque");
  EXPECT_THAT(authority_->urls,
              ElementsAre("https://login.example/tenant.example/oauth2/v2.0/token"));
  EXPECT_THAT(authority_->forms,
              ElementsAre(testing::AllOf(
                  HasSubstr("client_id=" + second_.identity->client_id.ToString()),
                  HasSubstr("client_assertion="), HasSubstr("vault.azure.net%2F.default"))));
}

TEST_F(GuestCredentialTest, AnIdentityThatWentIsNotAskedFor) {
  ASSERT_THAT(credential_.Reconfigure(settings_, authority_), IsOk());
  settings_.identities.pop_back();
  ASSERT_THAT(credential_.Reconfigure(settings_, authority_), IsOk());
  EXPECT_THAT(credential_.Fetch(second_, clock_.Now()), FailsWith(reasons::kIdentityNotFound));
  EXPECT_THAT(credential_.Fetch(first_, clock_.Now()), IsOk());
}

TEST_F(GuestCredentialTest, OneBadCertificateLeavesAllAsItWas) {
  ASSERT_THAT(credential_.Reconfigure(settings_, authority_), IsOk());
  settings_.authority.url = "https://elsewhere.example";
  settings_.identities[1].certificate = {"/nothing.crt", "/nothing.key"};
  EXPECT_THAT(credential_.Reconfigure(settings_, authority_),
              FailsWith(reasons::kCredentialUnreadable));
  ASSERT_THAT(credential_.Fetch(second_, clock_.Now()), IsOk());
  EXPECT_THAT(authority_->urls, ElementsAre(HasSubstr("https://login.example/")));
}

TEST_F(GuestCredentialTest, BeforeThereAreSettingsThereIsNobody) {
  EXPECT_THAT(credential_.Fetch(first_, clock_.Now()), FailsWith(reasons::kIdentityNotFound));
}

}  // namespace
}  // namespace openimds::extension
