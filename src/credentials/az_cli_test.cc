// SPDX-License-Identifier: Apache-2.0
#include "credentials/az_cli.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include <fstream>

#include "base/reasons.h"
#include "testing/matchers.h"
#include "testing/sample_entities.h"
#include "testing/temporary_folder.h"

namespace openimds {
namespace {

const Time kNow = FromUnixSeconds(1'700'000'000);

TEST(AzCliTest, ReadsWhatNewAndOldVersionsPrint) {
  const auto newer = ReadAzCliOutput(
      R"({"accessToken":"t","expiresOn":"2023-11-15 00:00:00.0","expires_on":1700003600})"
      "\n",
      kNow);
  ASSERT_THAT(newer, IsOk());
  EXPECT_EQ(newer->expires_on, FromUnixSeconds(1'700'003'600));
  setenv("TZ", "UTC", 1);
  tzset();
  const auto older =
      ReadAzCliOutput(R"({"accessToken":"t","expiresOn":"2023-11-14 23:13:20.000000"})", kNow);
  ASSERT_THAT(older, IsOk());
  EXPECT_EQ(older->expires_on, FromUnixSeconds(1'700'003'600));
}

TEST(AzCliTest, RefusesWhatIsNoToken) {
  for (const char* output : {"", "Please run 'az login'", "{}", R"({"accessToken":"t"})",
                             R"({"accessToken":"","expires_on":1})",
                             R"({"accessToken":"t","expires_on":9223372036854775807})",
                             R"({"accessToken":"t","expiresOn":"tomorrow"})"}) {
    EXPECT_THAT(ReadAzCliOutput(output, kNow), FailsWith(reasons::kUpstreamNonsense)) << output;
  }
}

// A program that stands in for `az`: the real one is used by tests/clients.
class AzCliProgramTest : public testing::Test {
 protected:
  std::unique_ptr<Credential> CredentialThatRuns(const std::string& script) {
    const std::string path = (folder_.path() / "az").string();
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    chmod(path.c_str(), 0755);
    return MakeAzCliCredential(
        *MakeCredentialSettings(
            "az_cli",
            {{"program", path}, {"timeout", "1"}, {"tenant_id", "t1"}, {"config_dir", "/conf"}}),
        log_);
  }

  TemporaryFolder folder_;
  Log log_{LogLevel::kError, LogFormat::kJson};
  const TokenRequest request_ = SampleTokenRequest("https://vault.azure.net");
};

TEST_F(AzCliProgramTest, AsksForTheResourceInTheTenant) {
  const auto credential = CredentialThatRuns(
      R"sh(printf '{"accessToken":"%s","expires_on":1700003600}' "$(echo $* $AZURE_CONFIG_DIR | tr ' ' '|')")sh");
  const auto token = credential->Fetch(request_, kNow);
  ASSERT_THAT(token, IsOk());
  EXPECT_EQ(token->value.RevealSecret(),
            "account|get-access-token|--output|json|--only-show-errors|--resource|"
            "https://vault.azure.net|--tenant|t1|/conf");
}

TEST_F(AzCliProgramTest, ItsLastLineSaysWhyThereIsNoToken) {
  const auto token = CredentialThatRuns("echo noise >&2; echo Please run az login >&2; exit 1")
                         ->Fetch(request_, kNow);
  ASSERT_THAT(token, FailsWith(reasons::kCredentialFailed));
  EXPECT_THAT(token.error().message, testing::EndsWith("status 1: Please run az login"));
}

TEST_F(AzCliProgramTest, OneThatHangsIsGivenUp) {
  EXPECT_THAT(CredentialThatRuns("sleep 600")->Fetch(request_, kNow),
              FailsWith(reasons::kCredentialFailed));
}

}  // namespace
}  // namespace openimds
