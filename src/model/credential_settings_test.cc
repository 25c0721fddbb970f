// SPDX-License-Identifier: Apache-2.0
#include "model/credential_settings.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

using testing::HasSubstr;
using testing::Not;
using Options = std::map<std::string, std::string, std::less<>>;

TEST(CredentialSettingsTest, TakesEveryKindWithWhatItNeeds) {
  const std::pair<std::string, Options> good[] = {
      {"embedded", {}},
      {"client_secret", {{"secret_file", "/run/secret"}}},
      {"client_secret", {{"secret_env", "APP_SECRET"}, {"client_authentication", "basic"}}},
      {"certificate", {{"certificate_file", "/etc/app.pem"}, {"algorithm", "RS256"}}},
      {"pkcs11", {{"module", "/lib/p.so"}, {"token", "t"}, {"key", "k"}, {"pin_file", "/pin"}}},
      {"federated_file", {}},
      {"federated_issuer", {{"subject", "system:openimds:vm1"}, {"authority_host", "china"}}},
      {"az_cli", {{"timeout", "10"}}}};
  for (const auto& [kind, options] : good) {
    const auto settings = MakeCredentialSettings(kind, options);
    ASSERT_THAT(settings, IsOk()) << kind;
    EXPECT_EQ(ToText(settings->kind), kind);
    EXPECT_EQ(settings->options, options);
  }
}

TEST(CredentialSettingsTest, SaysWhatWasExpected) {
  const struct {
    std::string kind;
    Options options;
    std::string expected;
  } bad[] = {
      {"certifcate", {}, "expected a kind of credential"},
      {"embedded", {{"tenant_id", "x"}}, "has no option 'tenant_id'"},
      {"certificate", {}, "needs 'certificate_file'"},
      {"certificate", {{"certificate_file", "app.pem"}}, "expected an absolute path"},
      {"certificate", {{"certifcate_file", "/a"}}, "did you mean 'certificate_file'?"},
      {"client_secret", {}, "exactly one of secret_file, secret_env, secret_systemd, got 0"},
      {"client_secret", {{"secret_file", "/a"}, {"secret_env", "A"}}, "got 2"},
      {"federated_issuer", {{"authority_host", "http://login.example"}}, "https URL"},
      {"federated_issuer", {{"authority_host", "http://localhost.example"}}, "https URL"},
      {"federated_issuer", {{"authority_host", "https://user@login.example"}}, "https URL"},
      {"federated_issuer", {{"authority_host", "https://login.example/"}}, "without a slash"},
      {"federated_issuer", {{"tenant_id", "../x"}}, "a GUID or a domain name"},
      {"az_cli", {{"timeout", "0"}}, "1 to 999 seconds"}};
  for (const auto& [kind, options, expected] : bad) {
    const auto settings = MakeCredentialSettings(kind, options);
    ASSERT_THAT(settings, FailsWith(reasons::kCredentialInvalid)) << expected;
    EXPECT_THAT(settings.error().message, HasSubstr(expected));
  }
}

TEST(CredentialSettingsTest, ASecretInTheWrongPlaceIsNotRepeated) {
  for (const Options& options :
       {Options{{"secret_file", "hunter2"}}, Options{{"secret_env", "hunter-2"}},
        Options{{"secret", "hunter2"}}}) {
    const auto settings = MakeCredentialSettings("client_secret", options);
    ASSERT_THAT(settings, FailsWith(reasons::kCredentialInvalid));
    EXPECT_THAT(settings.error().message, Not(HasSubstr("hunter")));
  }
}

TEST(CredentialSettingsTest, KnowsTheCloudsByName) {
  EXPECT_EQ(AuthorityHostUrl("public"), "https://login.microsoftonline.com");
  EXPECT_EQ(AuthorityHostUrl("usgovernment"), "https://login.microsoftonline.us");
  EXPECT_EQ(AuthorityHostUrl("china"), "https://login.chinacloudapi.cn");
  EXPECT_EQ(AuthorityHostUrl("https://login.example"), "https://login.example");
}

}  // namespace
}  // namespace openimds
